package dev.plinth.bench.run;

import dev.plinth.bench.machine.NativeFiles;
import dev.plinth.bench.plan.Matrix;
import dev.plinth.bench.workload.Workload;
import dev.plinth.spi.Quantities;
import java.util.Arrays;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/// How a run measures, in words, for its results and report.
final class RunSettings {
  private RunSettings() {}

  static SortedMap<String, String> of(Matrix matrix, List<String> flags, MemoryLimit limit) {
    SortedMap<String, String> settings = new TreeMap<>();
    settings.put("JVM flags of each cell", String.join(" ", flags));
    settings.put(
        "keys and values",
        "16 decimal digits; values are slices of a buffer that compresses to about half");
    settings.put(
        "sampling",
        "timed and clock read twice every N operations, N by workload: "
            + Arrays.stream(Workload.values())
                .map(workload -> workload.label() + " " + workload.sampledEvery())
                .collect(Collectors.joining(", ")));
    settings.put(
        "load",
        matrix.ratePerSecond() == 0
            ? "closed loop: each thread starts an operation when its last one is done"
            : matrix.ratePerSecond()
                + " operations are due in a second, over all threads; each is timed from the moment"
                + " at which it is due, so that a stall counts for all that it held up");
    settings.put(
        "warm-up",
        "writes: up to "
            + matrix.warmUp()
            + " operations on a store that is thrown away; reads: all files read once, then up to "
            + matrix.warmUp()
            + " operations; again and again for "
            + matrix.warmUpNanos() / 1_000_000
            + " ms, so that what is measured is compiled; uncounted");
    settings.put(
        "read cells",
        "a process of their own on a store loaded once in shuffled order, settled and closed; what"
            + " a store merges while one of them runs, it has merged for the next one too");
    settings.put("overwrite", "a private copy of that store as it was loaded, synced before");
    settings.put(
        "longest stall", "the longest time between two readings of the clock on one thread");
    settings.put(
        "space",
        NativeFiles.countsBlocks() ? "allocated blocks of all files" : "sizes of all files");
    settings.put(
        "write_os",
        "write_bytes of /proc/self/io from before the first write to after settling and a sync of"
            + " the file system");
    settings.put(
        "anonymous peak",
        "RssAnon of /proc/self/status, looked at every 100 ms, JVM heap included");
    settings.put(
        "memory limit",
        limit.bytes() == 0
            ? "none: what is read again comes from the page cache"
            : Quantities.bytesText((double) limit.bytes())
                + " for each cell with its part of the page cache, by "
                + limit.how()
                + "; a cell begins with its store out of the page cache, then reads as much of it"
                + " as the limit once");
    return settings;
  }
}
