package dev.plinth.conformance.disk;

import java.util.List;
import java.util.SplittableRandom;

/// Chooses for every unsynced sector of a file which of its versions a crash leaves.
///
/// The size is that after some prefix of the operations. A sector that a cut within that prefix
/// touched is at least as new as the cut, since a file system never shows bytes that it freed.
final class SectorChoice {
  private final List<Unsynced.Data> operations;
  private final int firstSector;

  /// Of each sector: how many operations touch it.
  private final int[] counts;

  /// How many of them happened: at first how many must have, then how many were chosen.
  private final int[] chosen;

  private SectorChoice(List<Unsynced.Data> operations) {
    this.operations = operations;
    long first = Long.MAX_VALUE;
    long end = 0;
    for (Unsynced.Data operation : operations) {
      if (end(operation) > first(operation)) {
        first = Math.min(first, first(operation));
        end = Math.max(end, end(operation));
      }
    }
    this.firstSector = Math.toIntExact(Math.min(first, end));
    this.counts = new int[Math.toIntExact(end - firstSector)];
    this.chosen = new int[counts.length];
  }

  /// @param pages the durable bytes; changed to what the crash leaves
  /// @param kept how likely a sector or size is to be the newest one
  static void apply(
      List<Unsynced.Data> operations, Pages pages, double kept, SplittableRandom random) {
    SectorChoice choice = new SectorChoice(operations);
    int sizes = chosen(operations.size(), 0, kept, random);
    choice.countVersions(sizes);
    for (int i = 0; i < choice.counts.length; i++) {
      if (choice.counts[i] > 0) {
        choice.chosen[i] = chosen(choice.counts[i], choice.chosen[i], kept, random);
      }
    }
    long durable = pages.size();
    choice.write(pages);
    pages.resize(sizes == 0 ? durable : operations.get(sizes - 1).size());
  }

  private static int chosen(int count, int least, double kept, SplittableRandom random) {
    if (random.nextDouble() < kept) {
      return count;
    }
    return least + random.nextInt(count - least + 1);
  }

  /// For each sector: how many operations touch it, and how many of them must have happened.
  private void countVersions(int sizes) {
    for (int i = 0; i < operations.size(); i++) {
      Unsynced.Data operation = operations.get(i);
      boolean required = operation.cuts() && i < sizes;
      for (long sector = first(operation); sector < end(operation); sector++) {
        int at = (int) (sector - firstSector);
        counts[at]++;
        if (required) {
          chosen[at] = counts[at];
        }
      }
    }
  }

  private void write(Pages pages) {
    int[] done = new int[counts.length];
    for (Unsynced.Data operation : operations) {
      for (long sector = first(operation); sector < end(operation); sector++) {
        int at = (int) (sector - firstSector);
        if (done[at]++ < chosen[at]) {
          writeSector(pages, operation, sector);
        }
      }
    }
  }

  private static void writeSector(Pages pages, Unsynced.Data operation, long sector) {
    long start = sector * SimDisk.SECTOR_BYTES;
    long from = Math.max(start, operation.offset());
    long to = Math.min(start + SimDisk.SECTOR_BYTES, operationEnd(operation));
    byte[] bytes = operation.bytes();
    if (to <= from) {
      return;
    }
    if (bytes == null) {
      pages.write(from, Pages.ZEROS, 0, (int) (to - from));
    } else {
      pages.write(from, bytes, (int) (from - operation.offset()), (int) (to - from));
    }
  }

  /// Growth by a change of size touches no sector: what comes into being reads as zeros.
  private static long operationEnd(Unsynced.Data operation) {
    byte[] bytes = operation.bytes();
    if (bytes != null) {
      return operation.offset() + bytes.length;
    }
    return operation.cuts() ? operation.sizeBefore() : operation.offset();
  }

  private static long first(Unsynced.Data operation) {
    return operation.offset() / SimDisk.SECTOR_BYTES;
  }

  private static long end(Unsynced.Data operation) {
    long end = operationEnd(operation);
    return end <= operation.offset()
        ? first(operation)
        : (end + SimDisk.SECTOR_BYTES - 1) / SimDisk.SECTOR_BYTES;
  }
}
