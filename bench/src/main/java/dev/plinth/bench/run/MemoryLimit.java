package dev.plinth.bench.run;

import dev.plinth.bench.cell.CellSpec;
import dev.plinth.bench.machine.MemoryGroup;
import dev.plinth.bench.machine.PageCache;
import dev.plinth.bench.plan.Matrix;
import dev.plinth.bench.plan.Matrix.LimitBy;
import dev.plinth.bench.result.Cell;
import dev.plinth.spi.StorageException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/// How a run keeps its cells within their memory: by a control group for each, where the system
/// allows one, else by dropping files from the page cache.
///
/// @param bytes the limit; 0 for none
/// @param how what brings it about, for people; empty without a limit
/// @param grouped whether it is a control group
record MemoryLimit(long bytes, String how, boolean grouped) {
  private static final String DROPPING =
      "dropping the store's files from the page cache whenever the limit was moved through it";

  /// What is possible here.
  ///
  /// @throws StorageException.InvalidConfiguration when what was asked for is not
  static MemoryLimit of(Matrix matrix) {
    long bytes = matrix.memoryLimitBytes();
    if (bytes == 0) {
      return new MemoryLimit(0, "", false);
    }
    if (matrix.memoryLimitBy() != LimitBy.DROPPING) {
      Optional<MemoryGroup> group = MemoryGroup.make(bytes);
      if (group.isPresent()) {
        group.get().close();
        return new MemoryLimit(bytes, group.get().how(), true);
      }
      if (matrix.memoryLimitBy() == LimitBy.GROUP) {
        throw new StorageException.InvalidConfiguration(
            "this system lets this user make no memory control group; leave --memory-limit-by out"
                + " to drop files from the page cache instead");
      }
    }
    if (!PageCache.canDrop()) {
      throw new StorageException.InvalidConfiguration(
          "this system can limit neither memory nor page cache; leave --memory-limit out");
    }
    return new MemoryLimit(bytes, DROPPING, false);
  }

  /// The spec with the words for how its limit is brought about.
  CellSpec told(CellSpec spec) {
    return spec.with(new CellSpec.Memory(spec.memory().limitBytes(), how, null));
  }

  /// Measures a cell within the limit, its store out of the page cache at the beginning.
  Cell measured(Fork fork, CellSpec spec, BiConsumer<Long, Long> progress)
      throws InterruptedException {
    if (bytes == 0) {
      return fork.cell(spec, progress, null);
    }
    PageCache.drop(Path.of(spec.directory()));
    try (MemoryGroup group = group()) {
      String folder = group == null ? null : group.folder().toString();
      return fork.cell(spec.with(new CellSpec.Memory(bytes, how, folder)), progress, group);
    }
  }

  private @Nullable MemoryGroup group() {
    if (!grouped) {
      return null;
    }
    return MemoryGroup.make(bytes)
        .orElseThrow(
            () ->
                new StorageException.Io(
                    "no further memory control group can be made; leave --memory-limit out, or end"
                        + " what else makes them",
                    null));
  }
}
