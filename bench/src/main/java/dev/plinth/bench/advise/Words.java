package dev.plinth.bench.advise;

import java.util.Locale;

/// How advice writes figures.
final class Words {
  private Words() {}

  /// A time with three digits.
  static String nanos(double value) {
    if (value < 1e3) {
      return String.format(Locale.ROOT, "%.0f ns", value);
    }
    double micros = value / 1e3;
    return micros < 1e3 ? three(micros) + " us" : three(micros / 1e3) + " ms";
  }

  /// A share in hundredths.
  static String percent(double share) {
    double hundredths = share * 100;
    return String.format(
        Locale.ROOT, hundredths >= 10 || hundredths == 0 ? "%.0f %%" : "%.3g %%", hundredths);
  }

  /// A number with three digits; a hyphen for none.
  static String number(double value) {
    return Double.isFinite(value) ? three(value) : "-";
  }

  private static String three(double value) {
    double size = Math.abs(value);
    return String.format(
        Locale.ROOT, size >= 99.95 ? "%,.0f" : size >= 9.995 ? "%.1f" : "%.2f", value);
  }
}
