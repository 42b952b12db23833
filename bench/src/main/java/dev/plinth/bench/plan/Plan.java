package dev.plinth.bench.plan;

import dev.plinth.bench.cell.CellSpec;
import dev.plinth.bench.cell.Contestant;
import dev.plinth.bench.workload.FolderTree;
import dev.plinth.bench.workload.Workload;
import dev.plinth.bench.workload.Workload.Kind;
import dev.plinth.spi.Durability;
import dev.plinth.spi.WorkloadShape.KeyOrder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The cells of a matrix, in the order in which they are measured.
///
/// @param groups cells that share a loaded store
public record Plan(List<Group> groups) {

  /// The cells of one engine with one key count, value size and durability: they read the same
  /// loaded store.
  ///
  /// @param id its name, fit for a file name
  /// @param cells fills first, then reads, then updates
  /// @param load how the store is loaded that reads and updates start from
  public record Group(String id, List<CellSpec> cells, CellSpec load) {}

  /// All cells of a matrix. Cells that would be the same are made once.
  public static Plan of(Matrix matrix) {
    Map<String, CellSpec> seen = new LinkedHashMap<>();
    List<Group> groups = new ArrayList<>();
    for (long keys : matrix.keys()) {
      for (int valueBytes : matrix.valueBytes()) {
        for (Durability durability : matrix.durabilities()) {
          for (Contestant contestant : matrix.contestants()) {
            Base base = new Base(matrix, contestant, keys, valueBytes, durability);
            List<CellSpec> cells = new ArrayList<>();
            for (CellSpec cell : base.cells()) {
              if (seen.putIfAbsent(cell.id(), cell) == null) {
                cells.add(cell);
              }
            }
            if (!cells.isEmpty()) {
              groups.add(new Group(base.id(), cells, base.load()));
            }
          }
        }
      }
    }
    return new Plan(groups);
  }

  /// The groups of one of several shards: every `shards`-th.
  ///
  /// @param shard from 1
  public Plan shard(int shard, int shards) {
    List<Group> mine = new ArrayList<>();
    for (int i = shard - 1; i < groups.size(); i += shards) {
      mine.add(groups.get(i));
    }
    return new Plan(mine);
  }

  /// How many cells there are.
  public int cells() {
    return groups.stream().mapToInt(group -> group.cells().size()).sum();
  }

  /// What the cells of a group have in common.
  private record Base(
      Matrix matrix, Contestant contestant, long keys, int valueBytes, Durability durability) {

    String id() {
      return String.join(
          "-", contestant.label(), Long.toString(keys), "v" + valueBytes, word(durability));
    }

    CellSpec load() {
      return cell(Workload.FILLRANDOM, KeyOrder.UNIFORM, 1, 0, "load-" + id(), false);
    }

    List<CellSpec> cells() {
      List<CellSpec> cells = new ArrayList<>();
      for (Kind kind : List.of(Kind.FILL, Kind.READ, Kind.UPDATE)) {
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
        KeyOrder order = workload.order(wanted);
        for (int threads : matrix.threads()) {
          for (int repeat = 0; repeat < matrix.repeat(); repeat++) {
            Durability level = workload.durability(durability);
            String id =
                String.join(
                    "-",
                    contestant.label(),
                    workload.label(),
                    Long.toString(keys),
                    "v" + valueBytes,
                    word(order),
                    "t" + threads + (matrix.virtual() ? "v" : ""),
                    word(level),
                    "r" + repeat);
            cells.add(cell(workload, order, threads, repeat, id, matrix.virtual()));
          }
        }
      }
    }

    private CellSpec cell(
        Workload workload, KeyOrder order, int threads, int repeat, String id, boolean virtual) {
      boolean load = id.startsWith("load-");
      long stored = workload == Workload.FILLSYNC ? matrix.syncOperations() : keys;
      CellSpec.Manner manner =
          new CellSpec.Manner(
              order,
              threads,
              virtual,
              workload.durability(durability),
              load ? 1 : matrix.batch(),
              load ? 0 : matrix.commitEvery());
      return new CellSpec(
          id,
          contestant,
          workload,
          stored,
          valueBytes,
          manner,
          operations(workload, stored),
          load ? 0 : warmUp(workload),
          workload.sampledEvery(),
          matrix.seed(),
          repeat,
          new CellSpec.Memory(load ? 0 : matrix.memoryLimitBytes(), "", null),
          new CellSpec.Place("", ingestDirectory(workload), null, "histograms/" + id + ".hgrm"));
    }

    private long operations(Workload workload, long stored) {
      long asked = matrix.operations().of(stored, stored);
      return switch (workload) {
        case FILLSEQ, FILLRANDOM, FILLSYNC, SCAN -> stored;
        case OVERWRITE -> matrix.updates().of(stored, asked);
        case INGEST -> ingestEntries();
        case SEEKRANDOM -> matrix.operations().of(stored, Math.max(1, stored / 10));
        default -> asked;
      };
    }

    private long warmUp(Workload workload) {
      return switch (workload) {
        case FILLSYNC -> Math.min(matrix.warmUp(), Math.max(1, matrix.syncOperations() / 4));
        case SEEKRANDOM -> matrix.warmUp() / 10;
        default -> matrix.warmUp();
      };
    }

    private @Nullable String ingestDirectory(Workload workload) {
      return workload == Workload.INGEST ? String.valueOf(matrix.ingestDirectory()) : null;
    }

    private long ingestEntries() {
      return matrix.ingestDirectory() == null
          ? 0
          : FolderTree.of(matrix.ingestDirectory()).parts().size();
    }

    private static String word(Enum<?> constant) {
      return constant.name().toLowerCase(Locale.ROOT);
    }
  }
}
