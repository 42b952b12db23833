package dev.plinth.raft.store;

import dev.plinth.kit.log.LogOptions;
import dev.plinth.spi.EngineOptions;
import dev.plinth.spi.OptionSpec;
import java.util.List;
import java.util.Map;

/// How a segmented Raft log uses memory and disk.
///
/// @param log segments, buffers, recycling, zeros written ahead, threads that recover
/// @param indexBytesMax the most off-heap memory of the index of all groups; an append that goes
///   over it is refused. 40 bytes for each appended batch: raise it for very long logs of very
///   small batches
/// @param segmentsMin how many segments the log may have before live entries of old ones are moved
///   forward; lower saves disk when a few groups lag behind, higher saves writes
/// @param groupBytesWarned a group whose live entries pass this size is warned about once for each
///   doubling: it is not compacted, or a follower lags
public record RaftLogOptions(
    LogOptions log, long indexBytesMax, int segmentsMin, long groupBytesWarned) {
  private static final long GIB = 1L << 30;

  /// The options in configuration.
  public static final List<OptionSpec> SPECS =
      List.of(
          OptionSpec.bytes(
              "segment.bytes",
              "64MiB",
              4 << 10,
              GIB,
              "length of a segment; smaller gives space back sooner, larger rolls less often"),
          OptionSpec.bytes(
              "buffer.bytes",
              "1MiB",
              4 << 10,
              256 << 20,
              "size of each of two write buffers; larger for large batches"),
          OptionSpec.whole(
              "segments.recycled",
              2,
              0,
              64,
              "dropped segments kept for reuse, so that a sync need not make a file grow"),
          OptionSpec.bytes(
              "prefill.bytes",
              "1MiB",
              0,
              64 << 20,
              "zeros written ahead of small synced writes; 0 when syncs are few"),
          OptionSpec.duration(
              "sync.delay", "0ms", "how long a sync waits for more writers, up to 100ms"),
          OptionSpec.whole(
              "recovery.threads",
              1,
              0,
              16,
              "threads that read and check segments ahead when the log is opened, 3 MiB each;"
                  + " more where cores are idle then"),
          OptionSpec.bytes(
              "index.bytes.max",
              "1GiB",
              64 << 10,
              1024 * GIB,
              "off-heap memory of the index; raise it for long logs of tiny batches"),
          OptionSpec.whole(
              "segments.min",
              4,
              2,
              1 << 20,
              "segments before live entries of old ones are moved forward"),
          OptionSpec.bytes(
              "group.bytes.warned",
              "8GiB",
              1 << 10,
              1024 * GIB,
              "live entries of one group that are worth a warning"));

  /// The options that a configuration gives, defaults filled in.
  public static EngineOptions configuration(Map<String, String> given) {
    return EngineOptions.of(SPECS, given);
  }

  /// The record of a configuration made with [#SPECS].
  public static RaftLogOptions of(EngineOptions options) {
    return new RaftLogOptions(
        new LogOptions(
            options.bytes("segment.bytes"),
            (int) options.bytes("buffer.bytes"),
            (int) options.whole("segments.recycled"),
            options.bytes("prefill.bytes"),
            options.nanos("sync.delay"),
            (int) options.whole("recovery.threads")),
        options.bytes("index.bytes.max"),
        (int) options.whole("segments.min"),
        options.bytes("group.bytes.warned"));
  }
}
