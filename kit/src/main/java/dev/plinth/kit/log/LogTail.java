package dev.plinth.kit.log;

import java.nio.file.Path;
import java.util.List;

/// Where a log ends, as a reader found it.
///
/// @param end the position behind the last good record; 0 when there is no segment
/// @param watermark the highest position up to which the log itself says that it was synced; 0 when
///   it says nothing
/// @param clean whether the log was closed and nothing follows
/// @param file the segment that holds the end; the folder when there is none
/// @param fileBytes how long that file is
/// @param torn whether bytes other than zeros follow the end: a write that a crash cut off, or what
///   a recycled file held before
/// @param empty whether the last segment holds nothing that was appended
/// @param previous the segment before the last one, 0 for none
/// @param numbers the segments up to the end, ascending
/// @param stale segments behind the end, which hold nothing that was synced
/// @param dropped segments below where the reader was told to begin
/// @param records how many records were shown
public record LogTail(
    long end,
    long watermark,
    boolean clean,
    Path file,
    long fileBytes,
    boolean torn,
    boolean empty,
    long previous,
    List<Long> numbers,
    List<Long> stale,
    List<Long> dropped,
    long records) {

  public LogTail {
    numbers = List.copyOf(numbers);
    stale = List.copyOf(stale);
    dropped = List.copyOf(dropped);
  }
}
