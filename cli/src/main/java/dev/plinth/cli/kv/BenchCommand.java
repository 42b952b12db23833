package dev.plinth.cli.kv;

import dev.plinth.bench.machine.MachineProbe;
import dev.plinth.bench.result.Machine;
import dev.plinth.cli.BuildFacts;
import dev.plinth.cli.kv.BenchServer.Storage;
import dev.plinth.cli.kv.Load.Kind;
import dev.plinth.cli.kv.Load.Result;
import dev.plinth.cli.kv.Load.Spec;
import dev.plinth.kv.KvException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `plinth kv bench`: the same server on several storages, one after the other, round by round.
@Command(
    name = "bench",
    description = {
      "Measures clusters of three nodes in one process, or in three, clients in another, over"
          + " loopback. The log is synced, gets are linearizable.",
      "A storage is LOG+ENGINE: segmented+lsm-leveled is ours, jraft+rocksdb-leveled is JRaft's own"
          + " log with a state machine on RocksDB (where the peers are built)."
    })
final class BenchCommand implements Callable<Integer> {
  @Option(
      names = "--storages",
      split = ",",
      paramLabel = "LOG+ENGINE,...",
      description = "What to compare (${DEFAULT-VALUE}); ratios are to the last one.")
  private List<String> storages = List.of("segmented+lsm-leveled", "jraft+rocksdb-leveled");

  @Option(
      names = "--puts",
      split = ",",
      paramLabel = "N,...",
      description = "Numbers of callers that put (${DEFAULT-VALUE}).")
  private List<Integer> puts = List.of(1, 16, 64);

  @Option(
      names = "--gets",
      split = ",",
      paramLabel = "N,...",
      description = "Numbers of callers that get (${DEFAULT-VALUE}).")
  private List<Integer> gets = List.of(64);

  @Option(names = "--seconds", description = "Of each load (${DEFAULT-VALUE}).")
  private int seconds = 8;

  @Option(
      names = "--warm-up-seconds",
      description = "Of puts before puts, and of gets before gets (${DEFAULT-VALUE}).")
  private int warmUpSeconds = 20;

  @Option(names = "--rounds", description = "How often (${DEFAULT-VALUE}).")
  private int rounds = 2;

  @Option(names = "--keys", description = "How many keys (${DEFAULT-VALUE}).")
  private int keys = 100_000;

  @Option(names = "--value-bytes", description = "Length of a value (${DEFAULT-VALUE}).")
  private int valueBytes = 100;

  @Option(names = "--processes", description = "1 or 3: of the three nodes (${DEFAULT-VALUE}).")
  private int processes = 1;

  @Option(names = "--heap", description = "Heap of each process of nodes (${DEFAULT-VALUE}).")
  private String heap = "512m";

  @Option(names = "--port", description = "First port of the server (${DEFAULT-VALUE}).")
  private int port = 17_001;

  @Option(names = "--dir", description = "Where clusters keep their data, for a while.")
  private Path directory = Path.of(System.getProperty("java.io.tmpdir"));

  @Option(names = "--output", paramLabel = "FILE", description = "Writes the results as JSON.")
  private @Nullable Path output;

  private record Measured(Storage storage, int round, Result result) {}

  @Override
  public Integer call() throws InterruptedException, IOException {
    if (processes != 1 && processes != 3) {
      throw new KvException(
          KvException.Kind.INVALID, "--processes " + processes + ": three nodes run in 1 or in 3");
    }
    List<Storage> chosen = storages.stream().map(Storage::of).toList();
    List<Measured> measured = new ArrayList<>();
    long rate = 0;
    for (int round = 1; round <= rounds; round++) {
      double least = Double.MAX_VALUE;
      for (Storage storage : chosen) {
        List<Result> results = round(storage, round, rate);
        for (Result result : results) {
          measured.add(new Measured(storage, round, result));
          tell(storage, round, result);
        }
        least = Math.min(least, results.get(puts.size() - 1).callsASecond());
      }
      // From the second round on also at a rate that every storage can keep.
      rate = rate == 0 ? (long) (least / 2) : rate;
    }
    compare(chosen, measured);
    if (output != null) {
      Files.writeString(output, json(measured) + "\n");
    }
    return 0;
  }

  private List<Result> round(Storage storage, int round, long rate) throws InterruptedException {
    List<Result> results = new ArrayList<>();
    try (BenchServer server = BenchServer.start(directory, storage, heap, port, processes > 1)) {
      List<String> servers = server.addresses();
      int most = puts.getLast();
      warmUp(servers, Kind.PUT, most, round);
      for (int callers : puts) {
        results.add(Load.run(servers, spec(Kind.PUT, callers, round)));
      }
      if (!gets.isEmpty()) {
        warmUp(servers, Kind.GET, gets.getLast(), round);
      }
      for (int callers : gets) {
        results.add(Load.run(servers, spec(Kind.GET, callers, round)));
      }
      if (rate > 0) {
        results.add(Load.run(servers, spec(Kind.PUT, most, round).atRate(rate)));
      }
    }
    return results;
  }

  private void warmUp(List<String> servers, Kind kind, int callers, int round)
      throws InterruptedException {
    Load.run(servers, new Spec(kind, callers, 0, warmUpSeconds, keys, valueBytes, round));
  }

  private Spec spec(Kind kind, int callers, int round) {
    return new Spec(kind, callers, 0, seconds, keys, valueBytes, 100L + round);
  }

  private static String title(Spec spec) {
    return (spec.kind() == Kind.PUT ? "put" : "get")
        + " x"
        + spec.callers()
        + (spec.rate() > 0 ? " at " + spec.rate() + "/s" : "");
  }

  private static void tell(Storage storage, int round, Result result) {
    System.out.printf(
        "%-24s round %d  %-18s %9.0f/s  p50 %8.0f us  p99 %8.0f us%n",
        storage.name(),
        round,
        title(result.spec()),
        result.callsASecond(),
        result.micros(50),
        result.micros(99));
  }

  /// The medians of the rounds, as ratios to the last storage.
  private static void compare(List<Storage> storages, List<Measured> measured) {
    Map<String, Map<Storage, List<Result>>> byLoad = new LinkedHashMap<>();
    for (Measured one : measured) {
      byLoad
          .computeIfAbsent(title(one.result.spec()), _ -> new LinkedHashMap<>())
          .computeIfAbsent(one.storage, _ -> new ArrayList<>())
          .add(one.result);
    }
    byLoad.forEach(
        (load, results) -> {
          List<Result> base = results.getOrDefault(storages.getLast(), List.of());
          results.forEach(
              (storage, own) ->
                  System.out.printf(
                      "%-18s %-24s %9.0f/s (%.2f of %s)  p99 %8.0f us (%.2f)%n",
                      load,
                      storage.name(),
                      rate(own),
                      rate(own) / rate(base),
                      storages.getLast().name(),
                      p99(own),
                      p99(own) / p99(base)));
        });
  }

  private static double rate(List<Result> results) {
    return median(results.stream().mapToDouble(Result::callsASecond).sorted().toArray());
  }

  private static double p99(List<Result> results) {
    return median(results.stream().mapToDouble(result -> result.micros(99)).sorted().toArray());
  }

  private static double median(double[] sorted) {
    int half = sorted.length / 2;
    if (sorted.length == 0) {
      return Double.NaN;
    }
    return sorted.length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
  }

  private Json json(List<Measured> measured) {
    Machine machine = MachineProbe.of(directory, 0);
    List<Json> cells =
        measured.stream()
            .map(
                one -> {
                  Result result = one.result;
                  return new Json()
                      .put("storage", one.storage.name())
                      .put("round", one.round)
                      .put("load", result.spec().kind().name().toLowerCase(java.util.Locale.ROOT))
                      .put("callers", result.spec().callers())
                      .put("rate", result.spec().rate())
                      .put("calls", result.calls())
                      .put("nanos", result.nanos())
                      .put("p50_nanos", result.latency().getValueAtPercentile(50))
                      .put("p99_nanos", result.latency().getValueAtPercentile(99))
                      .put("p999_nanos", result.latency().getValueAtPercentile(99.9))
                      .put("max_nanos", result.latency().getMaxValue());
                })
            .toList();
    return new Json()
        .put("commit", BuildFacts.ofThisJar().commit())
        .put("cpu", machine.cpu())
        .put("cores", machine.cores())
        .put("memory_bytes", machine.memoryBytes())
        .put("system", machine.os())
        .put("java", machine.jdk())
        .put("filesystem", machine.filesystem())
        .put("keys", keys)
        .put("value_bytes", valueBytes)
        .put("seconds", seconds)
        .put("warm_up_seconds", warmUpSeconds)
        .put("processes", processes)
        .put("heap", heap)
        .put("cells", cells);
  }
}
