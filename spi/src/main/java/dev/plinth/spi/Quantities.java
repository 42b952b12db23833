package dev.plinth.spi;

import java.util.Locale;

/// Reads and writes sizes, durations and numbers as users write them.
public final class Quantities {
  private static final String[] BYTE_UNITS = {"KiB", "MiB", "GiB", "TiB"};
  private static final String[] TIME_UNITS = {"ns", "us", "ms", "s", "m", "h"};
  private static final long[] TIME_NANOS = {
    1, 1_000, 1_000_000, 1_000_000_000L, 60_000_000_000L, 3_600_000_000_000L
  };

  private Quantities() {}

  /// Reads a size in bytes: a whole number, alone or followed by `B`, `KiB`, `MiB`, `GiB`, `TiB`.
  ///
  /// @param name what the value is for, for the message of an error
  public static long bytes(String name, String text) {
    String trimmed = text.strip();
    for (int i = 0; i < BYTE_UNITS.length; i++) {
      if (trimmed.endsWith(BYTE_UNITS[i])) {
        return scaled(name, text, trimmed, BYTE_UNITS[i].length(), 1L << (10 * (i + 1)));
      }
    }
    return scaled(name, text, trimmed, trimmed.endsWith("B") ? 1 : 0, 1);
  }

  /// Reads a duration in nanoseconds: a whole number followed by `ns`, `us`, `ms`, `s`, `m` or `h`.
  public static long nanos(String name, String text) {
    String trimmed = text.strip();
    for (int i = 0; i < TIME_UNITS.length; i++) {
      String number = trimmed.substring(0, Math.max(0, trimmed.length() - TIME_UNITS[i].length()));
      if (trimmed.endsWith(TIME_UNITS[i]) && isDigits(number.strip())) {
        return scaled(name, text, trimmed, TIME_UNITS[i].length(), TIME_NANOS[i]);
      }
    }
    throw new StorageException.InvalidConfiguration(
        name + " = " + text + ": a duration such as 500us, 10ms or 5s is expected");
  }

  /// Reads a whole number; the suffixes `k`, `M` and `G` stand for thousands, millions and
  /// billions.
  public static long whole(String name, String text) {
    String trimmed = text.strip();
    long factor =
        trimmed.endsWith("k")
            ? 1_000
            : trimmed.endsWith("M") ? 1_000_000 : trimmed.endsWith("G") ? 1_000_000_000 : 1;
    return scaled(name, text, trimmed, factor == 1 ? 0 : 1, factor);
  }

  /// Reads a decimal number.
  public static double decimal(String name, String text) {
    try {
      return Double.parseDouble(text.strip());
    } catch (NumberFormatException e) {
      throw new StorageException.InvalidConfiguration(
          name + " = " + text + ": a number is expected");
    }
  }

  /// Writes a size with the largest unit that fits, to one decimal: `1.5 MiB`.
  public static String bytesText(double bytes) {
    double value = bytes;
    int unit = -1;
    while (Math.abs(value) >= 1024 && unit + 1 < BYTE_UNITS.length) {
      value /= 1024;
      unit++;
    }
    return unit < 0
        ? String.format(Locale.ROOT, "%.0f B", value)
        : String.format(Locale.ROOT, "%.1f %s", value, BYTE_UNITS[unit]);
  }

  private static boolean isDigits(String text) {
    return !text.isEmpty() && text.chars().allMatch(c -> c >= '0' && c <= '9');
  }

  private static long scaled(String name, String text, String trimmed, int suffix, long factor) {
    String number = trimmed.substring(0, trimmed.length() - suffix).strip();
    try {
      return Math.multiplyExact(Long.parseLong(number), factor);
    } catch (NumberFormatException | ArithmeticException e) {
      throw new StorageException.InvalidConfiguration(
          name
              + " = "
              + text
              + ": a whole number with a unit such as 64MiB, 10ms or 10M is expected");
    }
  }
}
