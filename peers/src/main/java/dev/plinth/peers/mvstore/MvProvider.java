package dev.plinth.peers.mvstore;

import dev.plinth.peers.HeapProvider;
import dev.plinth.peers.HeapStore;
import dev.plinth.peers.PeerDirectory;
import dev.plinth.spi.EngineOptions;
import dev.plinth.spi.OptionSpec;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.h2.mvstore.MVStore;

/// The store below the H2 database: `mvstore`.
public final class MvProvider extends HeapProvider {
  @Override
  public String name() {
    return "mvstore";
  }

  @Override
  public String description() {
    return "H2's MVStore in pure Java: a log-structured copy-on-write B+tree";
  }

  @Override
  public List<OptionSpec> options() {
    return List.of(
        OptionSpec.bytes(
            "block.cache.bytes",
            "64MiB",
            1 << 20,
            1L << 40,
            "bytes of the page cache, on the heap"),
        OptionSpec.bytes("page.bytes", "4KiB", 512, 1 << 20, "size at which a page splits"),
        OptionSpec.choice("compression", "none", List.of("none", "lzf"), "how pages are packed"),
        OptionSpec.whole(
            "commit.every", 1000, 1, 100_000_000, "unsynced operations per commit to the file"),
        OptionSpec.duration(
            "retention",
            "0ms",
            "how long replaced pages are kept before their space is used again"),
        OptionSpec.whole(
            "fill.percent.min", 50, 0, 100, "compact chunks in the background below this"));
  }

  @Override
  protected HeapStore openStore(PeerDirectory directory, EngineOptions options) {
    MVStore.Builder builder =
        new MVStore.Builder()
            .fileName(directory.path().resolve(MvStore.FILE).toString())
            .cacheSize((int) Math.max(1, options.bytes("block.cache.bytes") >> 20))
            .pageSplitSize((int) options.bytes("page.bytes"))
            .autoCommitDisabled();
    if (options.choice("compression").equals("lzf")) {
      builder.compress();
    }
    MVStore store = MvStore.translating(directory.path(), builder::open);
    store.setRetentionTime((int) TimeUnit.NANOSECONDS.toMillis(options.nanos("retention")));
    return new MvStore(
        store, directory, options.whole("commit.every"), (int) options.whole("fill.percent.min"));
  }
}
