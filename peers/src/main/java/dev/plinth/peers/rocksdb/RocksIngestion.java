package dev.plinth.peers.rocksdb;

import dev.plinth.peers.PeerDirectory;
import dev.plinth.spi.EngineTraits;
import dev.plinth.spi.EntrySource;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import org.rocksdb.EnvOptions;
import org.rocksdb.IngestExternalFileOptions;
import org.rocksdb.Options;
import org.rocksdb.RocksDBException;
import org.rocksdb.SstFileWriter;

/// Brings sorted entries in as one table file, past log and memtable.
final class RocksIngestion {
  private RocksIngestion() {}

  /// Writes the file and hands it over.
  ///
  /// @return bytes of keys and values; -1 when the source was empty
  /// @throws IllegalArgumentException when the keys do not ascend
  static long run(
      RocksHandles handles, PeerDirectory directory, EngineTraits traits, EntrySource source)
      throws RocksDBException {
    Path file = directory.path().resolve("ingest-" + UUID.randomUUID() + ".sst");
    try (EnvOptions environment = new EnvOptions();
        Options options = handles.tableOptions();
        SstFileWriter writer = new SstFileWriter(environment, options);
        IngestExternalFileOptions how = new IngestExternalFileOptions().setMoveFiles(true)) {
      writer.open(file.toString());
      long bytes = write(writer, traits, source);
      if (bytes < 0) {
        return -1;
      }
      writer.finish();
      handles.db.ingestExternalFile(handles.entries, List.of(file.toString()), how);
      return bytes;
    } finally {
      PeerDirectory.delete(file);
    }
  }

  private static long write(SstFileWriter writer, EngineTraits traits, EntrySource source)
      throws RocksDBException {
    RocksSlot slot = new RocksSlot();
    try {
      long bytes = -1;
      byte[] before = new byte[0];
      while (source.next()) {
        traits.requireKey(source.keyLength());
        traits.requireValue(source.valueLength());
        byte[] key = bytes(source.keySegment(), source.keyOffset(), source.keyLength());
        if (bytes >= 0 && java.util.Arrays.compareUnsigned(before, key) >= 0) {
          throw new IllegalArgumentException("the keys to ingest do not ascend");
        }
        writer.put(
            slot.key(source.keySegment(), source.keyOffset(), source.keyLength()),
            slot.value(source.valueSegment(), source.valueOffset(), source.valueLength()));
        bytes = Math.max(0, bytes) + key.length + source.valueLength();
        before = key;
      }
      return bytes;
    } finally {
      slot.free();
    }
  }

  private static byte[] bytes(MemorySegment segment, long offset, int length) {
    return segment.asSlice(offset, length).toArray(java.lang.foreign.ValueLayout.JAVA_BYTE);
  }
}
