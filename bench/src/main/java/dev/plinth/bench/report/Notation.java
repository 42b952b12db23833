package dev.plinth.bench.report;

import dev.plinth.spi.Quantities;
import java.util.Locale;

/// How figures are written for people: three digits and a unit.
final class Notation {
  private static final String[] TIMES = {"ns", "us", "ms", "s"};
  private static final String[] COUNTS = {"", " k", " M", " G"};

  private Notation() {}

  /// A plain number with two decimals, or fewer where it is large.
  static String number(double value) {
    return String.format(Locale.ROOT, value >= 100 ? "%.0f" : value >= 10 ? "%.1f" : "%.2f", value);
  }

  /// A count or rate: `812 k`.
  static String count(double value) {
    double rest = value;
    int unit = 0;
    while (rest >= 999.5 && unit + 1 < COUNTS.length) {
      rest /= 1000;
      unit++;
    }
    return (unit == 0 && rest == Math.rint(rest) ? String.format("%.0f", rest) : three(rest))
        + COUNTS[unit];
  }

  /// A time in nanoseconds: `1.25 us`.
  static String nanos(double value) {
    double rest = value;
    int unit = 0;
    while (rest >= 999.5 && unit + 1 < TIMES.length) {
      rest /= 1000;
      unit++;
    }
    return (unit == 0 ? String.format("%.0f", rest) : three(rest)) + " " + TIMES[unit];
  }

  /// A size in bytes: `1.5 MiB`.
  static String bytes(double value) {
    return Quantities.bytesText(value);
  }

  /// A whole number with separators: `1,000,000`.
  static String whole(long value) {
    return String.format(Locale.ROOT, "%,d", value);
  }

  /// A factor in words: `2.7 times`.
  static String times(double factor) {
    return number(factor) + " times";
  }

  private static String three(double value) {
    return String.format(
        Locale.ROOT, value >= 99.95 ? "%.0f" : value >= 9.995 ? "%.1f" : "%.2f", value);
  }
}
