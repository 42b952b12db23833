package dev.plinth.bench.plan;

import dev.plinth.bench.cell.CellSpec;
import dev.plinth.bench.cell.Contestant;
import dev.plinth.bench.workload.FolderTree;
import dev.plinth.bench.workload.Mix;
import dev.plinth.bench.workload.Workload;
import dev.plinth.bench.workload.Workload.Kind;
import dev.plinth.spi.Durability;
import dev.plinth.spi.StorageException;
import dev.plinth.spi.WorkloadShape.KeyOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// The cells of one contestant with one key count, value size and durability.
record PlanCells(
    Matrix matrix, Contestant contestant, long keys, int valueBytes, Durability durability) {
  /// Inserts come between loaded keys, of which there must be this many for one.
  private static final int LOADED_PER_INSERT = 2;

  private static final long INSERTING_KEYS_MIN = 1_000;

  String id() {
    return String.join(
        "-", contestant.label(), Long.toString(keys), "v" + valueBytes, word(durability));
  }

  /// How the store is loaded that reads and updates start from.
  CellSpec load() {
    CellSpec.Manner manner =
        new CellSpec.Manner(
            KeyOrder.UNIFORM, 1, false, Workload.FILLRANDOM.durability(durability), 1, 0, 0);
    return new CellSpec(
        "load-" + id(),
        contestant,
        Workload.FILLRANDOM,
        keys,
        valueBytes,
        manner,
        keys,
        0,
        0,
        Workload.FILLRANDOM.sampledEvery(),
        matrix.seed(),
        0,
        CellSpec.Phases.NONE,
        CellSpec.Memory.FREE,
        new CellSpec.Place("", null, null, null, null, ""));
  }

  /// Fills first, then updates, each on a copy of the store, then reads, since a store may merge
  /// while it is read.
  List<CellSpec> cells() {
    List<CellSpec> cells = new ArrayList<>();
    for (Kind kind : List.of(Kind.FILL, Kind.UPDATE, Kind.READ)) {
      for (Workload workload : matrix.workloads()) {
        if (workload.kind() == kind) {
          add(cells, workload);
        }
      }
    }
    return cells;
  }

  private void add(List<CellSpec> cells, Workload workload) {
    for (KeyOrder wanted : matrix.orders()) {
      for (int threads : matrix.threads()) {
        for (int repeat = 0; repeat < matrix.repeat(); repeat++) {
          cells.add(
              cell(
                  workload,
                  workload.order(wanted),
                  threads,
                  repeat,
                  Amount.UNSAID,
                  CellSpec.Phases.NONE));
        }
      }
    }
  }

  /// A group for each run through the list of phases.
  List<Plan.Group> phased() {
    List<Plan.Group> groups = new ArrayList<>();
    if (matrix.phases().phases().isEmpty()) {
      return groups;
    }
    for (int threads : matrix.threads()) {
      for (int repeat = 0; repeat < matrix.repeat(); repeat++) {
        groups.add(
            new Plan.Group(
                "phases-" + id() + "-t" + threads + "-r" + repeat,
                phases(threads, repeat),
                load(),
                true));
      }
    }
    return groups;
  }

  private List<CellSpec> phases(int threads, int repeat) {
    List<CellSpec> cells = new ArrayList<>();
    List<CellSpec.Earlier> before = new ArrayList<>();
    List<PhaseList.Phase> phases = matrix.phases().phases();
    for (PhaseList.Phase phase : phases) {
      KeyOrder order = phase.workload().order(matrix.orders().getFirst());
      CellSpec.Phases place =
          new CellSpec.Phases(cells.size() + 1, phases.size(), List.copyOf(before));
      CellSpec cell = cell(phase.workload(), order, threads, repeat, phase.amount(), place);
      cells.add(cell);
      before.add(new CellSpec.Earlier(phase.workload(), order, cell.operations()));
    }
    return cells;
  }

  private CellSpec cell(
      Workload workload,
      KeyOrder order,
      int threads,
      int repeat,
      Amount amount,
      CellSpec.Phases phases) {
    Durability level = workload.durability(durability);
    String id = id(workload, order, threads, repeat, level, phases);
    long stored = stored(workload);
    long operations = operations(workload, stored, amount);
    requireKeys(workload, stored, operations, threads);
    long rate = workload == Workload.INGEST ? 0 : matrix.ratePerSecond();
    CellSpec.Manner manner =
        new CellSpec.Manner(
            order,
            threads,
            matrix.virtual(),
            level,
            matrix.batch(),
            matrix.commitEvery(),
            rate,
            matrix.mix());
    return new CellSpec(
        id,
        contestant,
        workload,
        stored,
        workload == Workload.REPLAY ? trace().valueBytesMax() : valueBytes,
        manner,
        operations,
        warmUp(workload),
        matrix.recording() ? 0 : matrix.warmUpNanos(),
        rate > 0 ? 1 : sampledEvery(workload),
        matrix.seed(),
        repeat,
        phases,
        new CellSpec.Memory(matrix.memoryLimitBytes(), "", null),
        new CellSpec.Place(
            "",
            ingestDirectory(workload),
            workload == Workload.REPLAY ? String.valueOf(trace().file()) : null,
            matrix.recording() ? "traces/" + id + ".trace" : null,
            null,
            "histograms/" + id + ".hgrm"));
  }

  private String id(
      Workload workload,
      KeyOrder order,
      int threads,
      int repeat,
      Durability level,
      CellSpec.Phases phases) {
    String phase =
        phases.number() == 0 ? "" : "phase" + phases.number() + "of" + phases.count() + "-";
    return String.join(
        "-",
        contestant.label(),
        phase + workload.label(),
        Long.toString(keys),
        "v" + valueBytes,
        word(order),
        "t" + threads + (matrix.virtual() ? "v" : ""),
        word(level),
        "r" + repeat);
  }

  private long stored(Workload workload) {
    return switch (workload) {
      case FILLSYNC -> matrix.syncOperations();
      case REPLAY -> Math.max(1, trace().keys());
      default -> keys;
    };
  }

  private long operations(Workload workload, long stored, Amount amount) {
    Amount asked = amount.isSaid() ? amount : matrix.operations();
    Amount updates = amount.isSaid() || !matrix.updates().isSaid() ? asked : matrix.updates();
    return switch (workload) {
      case FILLSEQ, FILLRANDOM, FILLSYNC, SCAN -> stored;
      case OVERWRITE, REOPEN -> updates.of(stored, stored);
      case DELETERANDOM -> Math.min(stored, amount.of(stored, Math.max(1, stored / 2)));
      case COMPACT -> 1;
      case INGEST -> ingestEntries();
      case REPLAY -> trace().operations();
      case SEEKRANDOM, YCSB_E -> asked.of(stored, Math.max(1, stored / 10));
      default -> asked.of(stored, stored);
    };
  }

  private @Nullable Mix mix(Workload workload) {
    return workload == Workload.MIX ? matrix.mix() : workload.mix();
  }

  private int sampledEvery(Workload workload) {
    Mix mix = mix(workload);
    return mix != null && mix.scans() > 0 ? 1 : workload.sampledEvery();
  }

  private void requireKeys(Workload workload, long keys, long operations, int threads) {
    Mix mix = mix(workload);
    int inserts = mix == null ? 0 : mix.inserts();
    if (inserts > 0
        && (keys < INSERTING_KEYS_MIN
            || operations / 100.0 * inserts * LOADED_PER_INSERT >= keys)) {
      throw new StorageException.InvalidConfiguration(
          workload.label()
              + " inserts keys between "
              + keys
              + " loaded ones: it needs at least "
              + INSERTING_KEYS_MIN
              + " and more than "
              + LOADED_PER_INSERT
              + " for each insert; take more --keys or fewer --operations");
    }
    if (mix != null && keys < threads) {
      throw new StorageException.InvalidConfiguration(
          workload.label() + " gives each thread keys of its own: take more --keys than --threads");
    }
  }

  private long warmUp(Workload workload) {
    return switch (workload) {
      case FILLSYNC -> Math.min(matrix.warmUp(), Math.max(1, matrix.syncOperations() / 4));
      case SEEKRANDOM -> matrix.warmUp() / 10;
      case COMPACT -> 0;
      default -> matrix.warmUp();
    };
  }

  private @Nullable String ingestDirectory(Workload workload) {
    return workload == Workload.INGEST ? String.valueOf(matrix.ingestDirectory()) : null;
  }

  private long ingestEntries() {
    Path folder = matrix.ingestDirectory();
    return folder == null ? 0 : FolderTree.of(folder).parts().size();
  }

  private Matrix.Trace trace() {
    Matrix.Trace trace = matrix.trace();
    if (trace == null) {
      throw new StorageException.InvalidConfiguration(
          "the workload replay needs a trace; add --trace FILE");
    }
    return trace;
  }

  private static String word(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }
}
