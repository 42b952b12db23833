package dev.plinth.bench.soak;

import java.util.Locale;

/// What was seen in one slice of a soak.
///
/// @param seconds how long it took
/// @param writes how many writes
/// @param reads how many point reads that were checked
/// @param scanned how many entries scans have seen and checked
/// @param checkpoints how many checkpoints were made, opened and verified
/// @param writeMicrosP99 the 99th percentile of the time of a write
/// @param writeMillisMax the longest write
/// @param lateMillisMax how far the writer was behind its schedule at most; 0 without one
/// @param probeMillisMax the longest sync of the raw probe beside it
/// @param heapBytes heap in use after a collection at its end
/// @param offHeapBytes the engine's memory off the heap then
/// @param descriptors open descriptors of the process then; -1 where the system does not tell
/// @param diskBytesMax the most bytes that the store took in it
public record SoakSlice(
    double seconds,
    long writes,
    long reads,
    long scanned,
    long checkpoints,
    double writeMicrosP99,
    double writeMillisMax,
    double lateMillisMax,
    double probeMillisMax,
    long heapBytes,
    long offHeapBytes,
    long descriptors,
    long diskBytesMax) {
  /// How much longer the longest write took than the longest sync of the probe.
  double stallMillis() {
    return Math.max(0, writeMillisMax - probeMillisMax);
  }

  /// One line for people.
  String line(double secondsSoFar) {
    return String.format(
        Locale.ROOT,
        "%6.0f s  %,9.0f writes/s  p99 %6.1f us  max %6.1f ms  late %6.1f ms  sync max %6.1f ms  "
            + "heap %4d MiB  off-heap %5d MiB  descriptors %4d  disk %6d MiB  %,d reads  %,d"
            + " scanned  %d checkpoints",
        secondsSoFar,
        writes / seconds,
        writeMicrosP99,
        writeMillisMax,
        lateMillisMax,
        probeMillisMax,
        heapBytes >> 20,
        offHeapBytes >> 20,
        descriptors,
        diskBytesMax >> 20,
        reads,
        scanned,
        checkpoints);
  }
}
