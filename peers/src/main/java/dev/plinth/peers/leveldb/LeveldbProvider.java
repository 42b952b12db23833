package dev.plinth.peers.leveldb;

import dev.plinth.peers.HeapProvider;
import dev.plinth.peers.HeapStore;
import dev.plinth.peers.PeerDirectory;
import dev.plinth.spi.EngineOptions;
import dev.plinth.spi.OptionSpec;
import java.io.IOException;
import java.util.List;
import org.iq80.leveldb.CompressionType;
import org.iq80.leveldb.Options;
import org.iq80.leveldb.impl.DbImpl;

/// LevelDB in pure Java: `iq80`.
public final class LeveldbProvider extends HeapProvider {
  @Override
  public String name() {
    return "iq80";
  }

  @Override
  public String description() {
    return "LevelDB in pure Java (iq80): a leveled LSM on the heap, cursors go forward only";
  }

  @Override
  public List<OptionSpec> options() {
    return List.of(
        OptionSpec.bytes("write.buffer.bytes", "64MiB", 64 << 10, 1 << 30, "bytes of a memtable"),
        OptionSpec.bytes("block.bytes", "4KiB", 512, 16 << 20, "bytes of a data block"),
        OptionSpec.whole("files.open.max", 1000, 16, 1_000_000, "table files held open"));
  }

  @Override
  protected HeapStore openStore(PeerDirectory directory, EngineOptions options) throws IOException {
    Options settings =
        new Options()
            .createIfMissing(true)
            .writeBufferSize((int) options.bytes("write.buffer.bytes"))
            .blockSize((int) options.bytes("block.bytes"))
            .maxOpenFiles((int) options.whole("files.open.max"))
            .compressionType(CompressionType.NONE)
            .verifyChecksums(true);
    return new LeveldbStore(new DbImpl(settings, directory.path().toFile()), directory);
  }
}
