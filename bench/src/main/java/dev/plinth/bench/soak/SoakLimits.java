package dev.plinth.bench.soak;

import java.util.ArrayList;
import java.util.List;

/// What a soak must stay below. A limit of 0 is taken from the first slices: half more than they
/// had, and a little.
///
/// @param stallMillis how much longer the longest write may take than the longest sync of the probe
///   beside it
/// @param heapBytes of the heap after a collection
/// @param offHeapBytes of the engine's memory off the heap
/// @param descriptors of the process
/// @param diskBytes of the store
public record SoakLimits(
    long stallMillis, long heapBytes, long offHeapBytes, long descriptors, long diskBytes) {
  /// So many slices may still grow.
  static final int FIRST_SLICES = 3;

  private static final double GROWTH = 1.5;
  private static final long MEMORY_SLACK_BYTES = 32 << 20;
  private static final long DISK_SLACK_BYTES = 64 << 20;
  private static final long DESCRIPTORS_SLACK = 64;

  private interface Figure {
    long of(SoakSlice slice);
  }

  /// What the last slice exceeds, a sentence each.
  List<String> exceeded(List<SoakSlice> slices) {
    List<String> found = new ArrayList<>();
    SoakSlice last = slices.getLast();
    if (last.stallMillis() > stallMillis) {
      found.add(
          String.format(
              "a write took %.1f ms longer than the longest sync of the probe, %.1f ms; %d ms are"
                  + " allowed",
              last.stallMillis(), last.probeMillisMax(), stallMillis));
    }
    check(found, "heap bytes", heapBytes, MEMORY_SLACK_BYTES, slices, SoakSlice::heapBytes);
    check(
        found, "off-heap bytes", offHeapBytes, MEMORY_SLACK_BYTES, slices, SoakSlice::offHeapBytes);
    check(found, "descriptors", descriptors, DESCRIPTORS_SLACK, slices, SoakSlice::descriptors);
    check(found, "disk bytes", diskBytes, DISK_SLACK_BYTES, slices, SoakSlice::diskBytesMax);
    return found;
  }

  private static void check(
      List<String> found,
      String what,
      long limit,
      long slack,
      List<SoakSlice> slices,
      Figure figure) {
    long most = limit;
    if (limit == 0) {
      if (slices.size() <= FIRST_SLICES) {
        return;
      }
      long first = slices.stream().limit(FIRST_SLICES).mapToLong(figure::of).max().orElseThrow();
      most = (long) (GROWTH * first) + slack;
    }
    long now = figure.of(slices.getLast());
    if (now > most) {
      found.add(String.format("%,d %s, and %,d are allowed", now, what, most));
    }
  }
}
