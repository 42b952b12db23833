package dev.plinth.bench.cell;

import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicLong;

/// Lines for the run that started this process, and how many bytes they had: they are not the
/// engine's.
final class Output {
  private final PrintStream out;
  private final long total;
  private final AtomicLong bytes = new AtomicLong();

  /// @param total how many operations the cell has
  Output(PrintStream out, long total) {
    this.out = out;
    this.total = total;
  }

  /// Says how many operations are finished.
  void progress(long operations) {
    byte[] line =
        (CellMain.PROGRESS + operations + " " + total + "\n").getBytes(StandardCharsets.UTF_8);
    bytes.addAndGet(line.length);
    out.write(line, 0, line.length);
    out.flush();
  }

  /// Bytes written so far.
  long bytes() {
    return bytes.get();
  }
}
