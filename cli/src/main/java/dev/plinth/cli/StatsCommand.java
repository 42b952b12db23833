package dev.plinth.cli;

import dev.plinth.spi.Engine;
import dev.plinth.spi.EngineStats;
import dev.plinth.spi.Quantities;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/// `plinth stats DIR`: what a store holds.
@Command(name = "stats", description = "Prints what a store holds. Counters begin at its opening.")
final class StatsCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private StoreOptions store = new StoreOptions();

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    try (Engine engine = store.open()) {
      EngineStats stats = engine.stats();
      out.println("sequence        " + engine.sequence());
      out.println("durable         " + engine.durableSequence());
      out.println("live entries    " + known(stats.liveEntries()));
      out.println("live bytes      " + size(stats.liveBytes()));
      out.println("disk bytes      " + size(stats.diskBytes()));
      out.println("off-heap bytes  " + size(stats.offHeapBytes()));
      out.println("index bytes     " + size(stats.indexBytes()));
      out.println("pending bytes   " + size(stats.pendingBytes()));
      stats.details().forEach((name, value) -> out.println(name + " " + value));
    }
    out.flush();
    return 0;
  }

  private static String known(long value) {
    return value < 0 ? "only a scan can tell" : Long.toString(value);
  }

  private static String size(long bytes) {
    return bytes < 0
        ? "only a scan can tell"
        : Quantities.bytesText((double) bytes) + " (" + bytes + ")";
  }
}
