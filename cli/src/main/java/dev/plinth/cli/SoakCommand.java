package dev.plinth.cli;

import dev.plinth.bench.soak.Soak;
import dev.plinth.bench.soak.SoakLimits;
import dev.plinth.bench.soak.SoakPlan;
import dev.plinth.spi.Engines;
import dev.plinth.spi.Quantities;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `plinth soak`: one engine under mixed work for as long as is asked.
@Command(
    name = "soak",
    description = {
      "Soaks one engine in writes, deletes, checked reads and scans, snapshots and checkpoints, at"
          + " a",
      "share of the rate that it sustains. Looks after every slice at heap, off-heap memory,",
      "descriptors, disk, and at the longest write beside a raw sync probe. What is in --dir goes",
      "on where it ended. Exit code 1 when a limit is exceeded or an answer is wrong.",
      "Example: plinth soak --engine lsm-leveled --seconds 3600 --keys 5000000 --dir /data/soak"
    })
final class SoakCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(names = "--engine", paramLabel = "NAME", required = true, description = "The engine.")
  private String engine;

  @Option(names = "--option", paramLabel = "KEY=VALUE", description = "An option of the engine.")
  private Map<String, String> options = new TreeMap<>();

  @Option(
      names = "--dir",
      paramLabel = "DIR",
      description = "Where the store and soak.json are; soak-out by default.")
  private Path folder = Path.of("soak-out");

  @Option(
      names = "--seconds",
      paramLabel = "N",
      description = "How long it goes on, in all runs; 60 by default.")
  private double seconds = 60;

  @Option(
      names = "--slice-seconds",
      paramLabel = "N",
      description = "How long a slice is; 30 by default.")
  private double sliceSeconds = 30;

  @Option(
      names = "--calibrate-seconds",
      paramLabel = "N",
      description = "How long it writes as fast as it can, first; 30 by default.")
  private double calibrationSeconds = 30;

  @Option(
      names = "--rate",
      paramLabel = "N",
      description = "Writes a second, instead of a share of what it sustains.")
  private long rate;

  @Option(
      names = "--share",
      paramLabel = "X",
      description = "Which share of what it sustains; 0.8 by default.")
  private double share = 0.8;

  @Option(names = "--keys", paramLabel = "N", description = "How many keys; 1000000 by default.")
  private int keys = 1_000_000;

  @Option(
      names = "--value-bytes",
      paramLabel = "N",
      description = "The size of a value; 100 by default.")
  private int valueBytes = 100;

  @Option(
      names = "--stall-millis",
      paramLabel = "N",
      description =
          "How much longer than the probe's longest sync a write may take; 100 by default.")
  private long stallMillis = 100;

  @Option(
      names = "--heap-max",
      paramLabel = "SIZE",
      description =
          "Most heap after a collection; half more than the first three slices by default, as are"
              + " the limits below.")
  private String heap = "0";

  @Option(names = "--off-heap-max", paramLabel = "SIZE", description = "Most memory off the heap.")
  private String offHeap = "0";

  @Option(names = "--descriptors-max", paramLabel = "N", description = "Most open descriptors.")
  private long descriptors;

  @Option(names = "--disk-max", paramLabel = "SIZE", description = "Most bytes of the store.")
  private String disk = "0";

  @Override
  public Integer call() {
    Engines.options(Engines.provider(engine), options);
    SoakLimits limits =
        new SoakLimits(
            stallMillis,
            Quantities.bytes("--heap-max", heap),
            Quantities.bytes("--off-heap-max", offHeap),
            descriptors,
            Quantities.bytes("--disk-max", disk));
    SoakPlan plan =
        new SoakPlan(
            engine,
            options,
            folder,
            seconds,
            sliceSeconds,
            calibrationSeconds,
            rate,
            share,
            keys,
            valueBytes,
            limits);
    return Soak.run(plan, spec.commandLine().getOut()).isEmpty() ? 0 : 1;
  }
}
