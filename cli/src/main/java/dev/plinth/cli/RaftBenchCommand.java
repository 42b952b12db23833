package dev.plinth.cli;

import dev.plinth.raft.bench.RaftBench;
import dev.plinth.raft.bench.RaftCell;
import dev.plinth.raft.store.GroupedLogs;
import dev.plinth.spi.Engines;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `plinth raft-bench`: compares Raft logs, and engines as state machines.
@Command(
    name = "raft-bench",
    description = {
      "Compares Raft logs (raft-log, raft-log-on-ENGINE, peers) and engines as state machines.",
      "Each cell runs in a process of its own; results.json is written into --out."
    })
final class RaftBenchCommand implements Callable<Integer> {
  @Option(
      names = "--stores",
      paramLabel = "A,B",
      split = ",",
      description = "Log stores, or engines for raftapply and snapshot; all of ours by default.")
  private List<String> stores = new ArrayList<>();

  @Option(
      names = "--workloads",
      paramLabel = "X,Y",
      split = ",",
      description = "raftlog, raftgroups, raftrestart, raftapply, snapshot; raftlog by default.")
  private List<String> workloads = List.of("raftlog");

  @Option(names = "--entries", paramLabel = "N", description = "Entries of a cell.")
  private long entries = 1_000_000;

  @Option(names = "--entry-bytes", paramLabel = "N", description = "Bytes of a payload.")
  private int entryBytes = 1024;

  @Option(names = "--batch", paramLabel = "N", description = "Entries in a batch.")
  private int batch = 32;

  @Option(names = "--threads", paramLabel = "N", description = "Threads of raftgroups.")
  private int threads = 4;

  @Option(names = "--groups", paramLabel = "N", description = "Groups of raftgroups.")
  private int groups = 100;

  @Option(names = "--kept", paramLabel = "N", description = "Entries that compaction leaves.")
  private long kept = 100_000;

  @Option(names = "--option", paramLabel = "KEY=VALUE", description = "An option of the stores.")
  private Map<String, String> options = new TreeMap<>();

  @Option(names = "--repeat", paramLabel = "N", description = "How often each cell is measured.")
  private int repeat = 1;

  @Option(names = "--no-raw", description = "Leave out the machine's plain synced writes.")
  private boolean withoutRaw;

  @Option(names = "--heap", paramLabel = "SIZE", description = "Largest heap of a process.")
  private String heap = "512m";

  @Option(names = "--seed", paramLabel = "S", description = "Seed of the payloads.")
  private long seed = 1;

  @Option(names = "--out", paramLabel = "DIR", description = "Where results go.")
  private Path out = Path.of("raft-bench-out");

  @Option(
      names = "--work",
      paramLabel = "DIR",
      description = "Where stores are; in --out if unset.")
  private Path work = Path.of("");

  @Override
  public Integer call() throws InterruptedException {
    Path stand = work.toString().isEmpty() ? out.resolve("work") : work;
    RaftBench bench = new RaftBench(out, stand, heap, System.out);
    System.out.println(RaftBench.head());
    BuildFacts facts = BuildFacts.ofThisJar();
    RaftBench.About about = new RaftBench.About(facts.version(), facts.commit(), seed);
    return bench.run(cells(), about) == 0 ? 0 : 1;
  }

  private List<RaftCell> cells() {
    List<RaftCell> cells = new ArrayList<>();
    for (String workload : workloads) {
      RaftCell.Kind kind = RaftCell.Kind.of(workload);
      for (int number = 0; number < repeat; number++) {
        if (kind == RaftCell.Kind.RAFTLOG && !withoutRaw) {
          cells.add(cell(RaftCell.RAW, kind, new TreeMap<>(), number));
        }
        for (String store : stores(kind)) {
          cells.add(cell(store, kind, new TreeMap<>(options), number));
        }
      }
    }
    return cells;
  }

  private RaftCell cell(
      String store, RaftCell.Kind kind, SortedMap<String, String> given, int number) {
    boolean many = kind == RaftCell.Kind.RAFTGROUPS;
    return new RaftCell(
        store,
        kind.label(),
        entries,
        entryBytes,
        batch,
        many ? threads : 1,
        many ? groups : 1,
        kind == RaftCell.Kind.RAFTLOG ? kept : 0,
        given,
        "",
        seed,
        number);
  }

  private List<String> stores(RaftCell.Kind kind) {
    if (!stores.isEmpty()) {
      return stores;
    }
    return kind.isLog()
        ? GroupedLogs.names().stream().filter(name -> !GroupedLogs.foreign(name)).toList()
        : Engines.names().stream().filter(name -> !Engines.provider(name).foreign()).toList();
  }
}
