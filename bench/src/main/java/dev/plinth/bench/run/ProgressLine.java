package dev.plinth.bench.run;

import java.io.PrintStream;
import java.util.Locale;

/// Tells a person how far a run is: one line that changes on a terminal, a plain line every few
/// seconds elsewhere. Thread-safe.
public final class ProgressLine {
  private static final long PLAIN_EVERY_NANOS = 5_000_000_000L;
  private static final int WIDTH = 78;

  private final PrintStream out;
  private final boolean terminal;
  private final int cells;
  private final long started = System.nanoTime();
  private String what = "";
  private int number;
  private long lastPlain = started;

  /// @param terminal whether a line can be overwritten
  /// @param cells how many cells the run has
  public ProgressLine(PrintStream out, boolean terminal, int cells) {
    this.out = out;
    this.terminal = terminal;
    this.cells = cells;
  }

  /// Says what is done now.
  ///
  /// @param counts whether it is one of the cells
  synchronized void begin(String description, boolean counts) {
    what = description;
    number += counts ? 1 : 0;
    if (terminal) {
      live("");
    } else if (System.nanoTime() - lastPlain >= PLAIN_EVERY_NANOS) {
      plain("");
    }
  }

  /// Says how far it is.
  synchronized void update(long done, long total) {
    String share = total <= 0 ? "" : String.format(Locale.ROOT, "%3.0f %%", 100.0 * done / total);
    if (terminal) {
      live(share);
    } else if (System.nanoTime() - lastPlain >= PLAIN_EVERY_NANOS) {
      plain(share);
    }
  }

  /// Says something that must stay.
  synchronized void say(String line) {
    clear();
    out.println(line);
    out.flush();
  }

  /// Removes the line.
  synchronized void clear() {
    if (terminal) {
      out.print("\r" + " ".repeat(WIDTH) + "\r");
      out.flush();
    }
  }

  private void live(String share) {
    String line = line(share);
    out.print("\r" + line + " ".repeat(Math.max(0, WIDTH - line.length())));
    out.flush();
  }

  private void plain(String share) {
    lastPlain = System.nanoTime();
    out.println(line(share));
    out.flush();
  }

  private String line(String share) {
    long seconds = (System.nanoTime() - started) / 1_000_000_000L;
    String line =
        String.format(
            Locale.ROOT,
            "[%d/%d] %d:%02d  %s %s",
            number,
            cells,
            seconds / 60,
            seconds % 60,
            what,
            share);
    return line.length() > WIDTH ? line.substring(0, WIDTH) : line;
  }
}
