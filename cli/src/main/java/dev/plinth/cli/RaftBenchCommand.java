package dev.plinth.cli;

import dev.plinth.bench.report.HtmlReport;
import dev.plinth.bench.report.Tables;
import dev.plinth.bench.result.Cell;
import dev.plinth.bench.result.Run;
import dev.plinth.raft.bench.RaftBench;
import dev.plinth.raft.bench.RaftCell;
import dev.plinth.raft.store.GroupedLogs;
import dev.plinth.spi.Engines;
import dev.plinth.spi.Names;
import dev.plinth.spi.StorageException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `plinth raft-bench`: compares Raft logs, and engines as state machines.
@Command(
    name = "raft-bench",
    description = {
      "Compares Raft logs (raft-log, raft-log-on-ENGINE, peers) and engines as state machines.",
      "Each cell runs in a process of its own; results.json and report.html are written into",
      "--out, in the form of plinth bench: compare and merge take them too."
    })
final class RaftBenchCommand implements Callable<Integer> {
  private static final int LAGGING_GROUPS = 10;

  /// What an engine's own log may do for a state machine.
  private static final List<Map<String, String>> OWN_LOGS =
      List.of(
          Map.of(RaftCell.WAL, "off"),
          Map.of(RaftCell.WAL, "on"),
          Map.of(RaftCell.WAL, "on", RaftCell.DURABILITY, "written"),
          Map.of(RaftCell.WAL, "on", RaftCell.DURABILITY, "synced"));

  @Option(
      names = "--stores",
      paramLabel = "A,B",
      split = ",",
      description = "Log stores, and engines for raftapply and snapshot; all of ours by default.")
  private List<String> stores = new ArrayList<>();

  @Option(
      names = "--workloads",
      paramLabel = "X,Y",
      split = ",",
      description =
          "raftlog, raftgroups, raftlag, raftrestart, raftapply (without the engine's log, and with"
              + " it buffered, written and synced, unless an option wal is given), snapshot;"
              + " raftlog by default.")
  private List<String> workloads = List.of("raftlog");

  @Option(names = "--entries", paramLabel = "N", description = "Entries of a cell.")
  private long entries = 1_000_000;

  @Option(
      names = "--entry-bytes",
      paramLabel = "N",
      description = "Bytes of a payload; by default 1024, of raftgroups 256, of a value 100.")
  private @Nullable Integer entryBytes;

  @Option(
      names = "--batch",
      paramLabel = "N",
      description = "Entries in a batch; by default 32, of raftgroups 1, of commands 128.")
  private @Nullable Integer batch;

  @Option(names = "--threads", paramLabel = "N", description = "Threads of raftgroups.")
  private int threads = 4;

  @Option(names = "--groups", paramLabel = "N", description = "Groups of raftgroups.")
  private int groups = 100;

  @Option(
      names = "--burst",
      paramLabel = "N",
      description = "Groups that a thread of raftgroups appends to before it waits; 1 by default.")
  private int burst = 1;

  @Option(names = "--kept", paramLabel = "N", description = "Entries that compaction leaves.")
  private long kept = 100_000;

  @Option(names = "--option", paramLabel = "KEY=VALUE", description = "An option of the stores.")
  private Map<String, String> options = new TreeMap<>();

  @Option(names = "--repeat", paramLabel = "N", description = "How often each cell is measured.")
  private int repeat = 1;

  @Option(names = "--no-raw", description = "Leave out the machine's plain synced writes.")
  private boolean withoutRaw;

  @Option(names = "--resume", description = "Take what was measured into --out before.")
  private boolean resume;

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

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws InterruptedException {
    Path stand = work.toString().isEmpty() ? out.resolve("work") : work;
    RaftBench bench = new RaftBench(out, stand, heap, resume, System.err);
    BuildFacts facts = BuildFacts.ofThisJar();
    Run run = bench.run(cells(), new RaftBench.About(facts.version(), facts.commit(), seed));
    try {
      Files.writeString(out.resolve("report.html"), HtmlReport.of(run));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    spec.commandLine().getOut().print(Tables.text(run));
    spec.commandLine().getOut().flush();
    return run.cells().stream().allMatch(Cell::isOk) ? 0 : 1;
  }

  /// Whether plain synced writes do the same work.
  private boolean hasRaw(RaftCell.Kind kind) {
    return kind == RaftCell.Kind.RAFTLOG || (kind == RaftCell.Kind.RAFTGROUPS && burst == 1);
  }

  private List<RaftCell> cells() {
    stores.forEach(RaftBenchCommand::requireKnown);
    List<RaftCell> cells = new ArrayList<>();
    for (String workload : workloads) {
      RaftCell.Kind kind = RaftCell.Kind.of(workload);
      for (int number = 0; number < repeat; number++) {
        if (hasRaw(kind) && !withoutRaw) {
          cells.add(cell(RaftCell.RAW, kind, new TreeMap<>(), number));
        }
        for (String store : stores(kind)) {
          boolean both = kind == RaftCell.Kind.RAFTAPPLY && !options.containsKey(RaftCell.WAL);
          for (Map<String, String> own : both ? OWN_LOGS : List.of(Map.<String, String>of())) {
            SortedMap<String, String> given = new TreeMap<>(options);
            given.putAll(own);
            cells.add(cell(store, kind, given, number));
          }
        }
      }
    }
    return cells;
  }

  private RaftCell cell(
      String store, RaftCell.Kind kind, SortedMap<String, String> given, int number) {
    boolean many = kind == RaftCell.Kind.RAFTGROUPS;
    boolean compacts = kind == RaftCell.Kind.RAFTLOG || kind == RaftCell.Kind.RAFTLAG;
    return new RaftCell(
        store,
        kind.label(),
        entries,
        entryBytes == null ? (many ? 256 : kind.isLog() ? 1024 : 100) : entryBytes,
        batch == null ? (many ? 1 : kind.isLog() ? 32 : 128) : batch,
        many ? threads : 1,
        many ? groups : kind == RaftCell.Kind.RAFTLAG ? LAGGING_GROUPS : 1,
        many ? burst : 1,
        compacts ? kept : 0,
        given,
        "",
        seed,
        number);
  }

  private static void requireKnown(String store) {
    if (!GroupedLogs.names().contains(store) && !Engines.names().contains(store)) {
      SortedSet<String> known = new TreeSet<>(GroupedLogs.names());
      known.addAll(Engines.names());
      throw new StorageException.InvalidConfiguration(Names.unknown("store", store, known));
    }
  }

  private List<String> stores(RaftCell.Kind kind) {
    List<String> there = kind.isLog() ? GroupedLogs.names() : Engines.names();
    return stores.isEmpty()
        ? there.stream().filter(name -> !isForeign(kind, name)).toList()
        : stores.stream().filter(there::contains).toList();
  }

  private static boolean isForeign(RaftCell.Kind kind, String name) {
    return kind.isLog() ? GroupedLogs.foreign(name) : Engines.provider(name).foreign();
  }
}
