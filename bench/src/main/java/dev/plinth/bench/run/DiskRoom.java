package dev.plinth.bench.run;

import dev.plinth.bench.plan.Matrix;
import dev.plinth.bench.workload.FolderTree;
import dev.plinth.bench.workload.Keys;
import dev.plinth.spi.Quantities;
import dev.plinth.spi.StorageException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// Looks before a run whether its stores will fit on the disk.
public final class DiskRoom {
  private static final int COPIES = 5;
  private static final double RESERVE_BYTES_MIN = 32L << 20;
  private static final double RESERVE_BYTES_MAX = 512L << 20;

  private DiskRoom() {}

  /// Refuses a run whose largest store would not fit with room for copies and garbage.
  ///
  /// @param folder where stores are going to be
  /// @throws StorageException.NoSpace saying how much is needed
  public static void require(Matrix matrix, Path folder) {
    long keys = matrix.keys().stream().mapToLong(Long::longValue).max().orElse(0);
    long value = matrix.valueBytes().stream().mapToLong(Integer::longValue).max().orElse(0);
    double live = (double) keys * (Keys.BYTES + value);
    double needed = live * COPIES;
    Path ingested = matrix.ingestDirectory();
    if (ingested != null) {
      live = (double) FolderTree.of(ingested).bytes();
      needed = Math.max(needed, live * 2.0);
    }
    needed += Math.clamp(live * COPIES, RESERVE_BYTES_MIN, RESERVE_BYTES_MAX);
    double usable = (double) usable(folder.toAbsolutePath());
    if (needed > usable) {
      throw new StorageException.NoSpace(
          "this run needs about "
              + Quantities.bytesText(needed)
              + " for its stores, "
              + folder
              + " has "
              + Quantities.bytesText(usable)
              + "; name another disk by --data or take fewer --keys",
          null);
    }
  }

  private static long usable(Path folder) {
    Path existing = folder;
    while (!Files.exists(existing) && existing.getParent() != null) {
      existing = existing.getParent();
    }
    try {
      return Files.getFileStore(existing).getUsableSpace();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
