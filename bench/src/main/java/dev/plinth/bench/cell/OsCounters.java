package dev.plinth.bench.cell;

import dev.plinth.bench.machine.ProcFile;
import org.jspecify.annotations.Nullable;

/// What the operating system has counted for this process so far; null where it does not tell.
///
/// @param wchar bytes passed to write calls
/// @param writeBytes bytes that were or will be sent to the device
/// @param cancelled bytes of these that truncation or deletion spared it
/// @param readBytes bytes fetched from the device
record OsCounters(
    @Nullable Long wchar,
    @Nullable Long writeBytes,
    @Nullable Long cancelled,
    @Nullable Long readBytes) {

  static OsCounters now() {
    ProcFile io = ProcFile.read(ProcFile.IO);
    return new OsCounters(
        io.bytes("wchar"),
        io.bytes("write_bytes"),
        io.bytes("cancelled_write_bytes"),
        io.bytes("read_bytes"));
  }

  /// What came since an earlier look.
  OsCounters since(OsCounters earlier) {
    return new OsCounters(
        minus(wchar, earlier.wchar),
        minus(writeBytes, earlier.writeBytes),
        minus(cancelled, earlier.cancelled),
        minus(readBytes, earlier.readBytes));
  }

  /// The same without bytes that the harness itself passed to write calls.
  OsCounters withoutHarness(long harnessBytes) {
    return new OsCounters(minus(wchar, harnessBytes), writeBytes, cancelled, readBytes);
  }

  private static @Nullable Long minus(@Nullable Long now, @Nullable Long before) {
    return now == null || before == null ? null : Long.valueOf(now - before);
  }
}
