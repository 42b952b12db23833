package dev.plinth.peers.xodus;

import dev.plinth.peers.HeapProvider;
import dev.plinth.peers.HeapStore;
import dev.plinth.peers.PeerDirectory;
import dev.plinth.spi.EngineOptions;
import dev.plinth.spi.EngineTraits;
import dev.plinth.spi.OptionSpec;
import java.util.List;
import jetbrains.exodus.env.EnvironmentConfig;
import jetbrains.exodus.env.EnvironmentImpl;
import jetbrains.exodus.env.Environments;

/// JetBrains Xodus: `xodus`.
public final class XodusProvider extends HeapProvider {
  @Override
  public String name() {
    return "xodus";
  }

  @Override
  public String description() {
    return "JetBrains Xodus in pure Java: a log-structured B+tree with snapshots";
  }

  @Override
  public List<OptionSpec> options() {
    return List.of(
        OptionSpec.bytes(
            "block.cache.bytes", "64MiB", 8 << 20, 1L << 40, "bytes of the log cache, on the heap"),
        OptionSpec.bytes(
            "cache.page.bytes", "4KiB", 1 << 10, 1 << 20, "bytes read from a file at a time"),
        OptionSpec.bytes(
            "file.bytes.max", "8MiB", 1 << 20, 1 << 30, "bytes of a log file; values take half"),
        OptionSpec.whole("fill.percent.min", 50, 1, 90, "clean files in the background below this"),
        OptionSpec.whole(
            "commit.every",
            1000,
            1,
            100_000_000,
            "unsynced operations per transaction; 1 commits each one before it returns"),
        OptionSpec.bytes(
            "commit.bytes.max", "64MiB", 4 << 10, 1L << 30, "waiting bytes that force a commit"));
  }

  @Override
  public EngineTraits traits(EngineOptions options) {
    return new EngineTraits(
        4 << 10,
        (int) Math.min(EngineTraits.VALUE_BYTES_LIMIT, options.bytes("file.bytes.max") / 2),
        256 << 20,
        true,
        EngineTraits.CheckpointKind.COPIED,
        EngineTraits.LogOff.IGNORED,
        false);
  }

  @Override
  protected HeapStore openStore(PeerDirectory directory, EngineOptions options) {
    EnvironmentConfig config =
        new EnvironmentConfig()
            .setMemoryUsage(options.bytes("block.cache.bytes"))
            .setLogCacheShared(false)
            .setLogCachePageSize((int) options.bytes("cache.page.bytes"))
            .setLogFileSize(options.bytes("file.bytes.max") >> 10)
            .setLogDurableWrite(false)
            .setGcMinUtilization((int) options.whole("fill.percent.min"))
            .setEnvGatherStatistics(false)
            .setManagementEnabled(false);
    EnvironmentImpl environment =
        (EnvironmentImpl) Environments.newInstance(directory.path().toFile(), config);
    return new XodusStore(
        environment,
        directory,
        (int) options.whole("commit.every"),
        options.bytes("commit.bytes.max"));
  }
}
