package dev.plinth.bench.plan;

import dev.plinth.bench.workload.Keys;
import dev.plinth.spi.Quantities;
import dev.plinth.spi.StorageException;

/// How many operations: a number, or a multiple of the keys, written `20M` or `10x`.
///
/// @param whole the number; 0 when it is a multiple, or nothing was said
/// @param perKey the multiple; 0 when it is a number
public record Amount(long whole, double perKey) {
  /// Nothing was said.
  public static final Amount UNSAID = new Amount(0, 0);

  private static final char TIMES = 'x';
  private static final double PER_KEY_MAX = 10_000;

  /// Reads one; `0` says nothing.
  ///
  /// @param name what it is for, for messages
  /// @throws StorageException.InvalidConfiguration when it is neither
  public static Amount of(String name, String text) {
    if (!text.isEmpty() && text.charAt(text.length() - 1) == TIMES) {
      double perKey = multiple(text);
      if (!(perKey > 0 && perKey <= PER_KEY_MAX)) {
        throw new StorageException.InvalidConfiguration(
            name + " = " + text + ": a multiple of the keys such as 10x is expected");
      }
      return new Amount(0, perKey);
    }
    long whole = Quantities.whole(name, text);
    if (whole < 0 || whole > Keys.COUNT_MAX) {
      throw new StorageException.InvalidConfiguration(
          name + " = " + text + ": 0 to " + Keys.COUNT_MAX + " is possible");
    }
    return new Amount(whole, 0);
  }

  /// Whether it says anything.
  public boolean isSaid() {
    return whole > 0 || perKey > 0;
  }

  /// How many operations that is.
  ///
  /// @param fallback for when nothing was said
  public long of(long keys, long fallback) {
    return whole > 0 ? whole : perKey > 0 ? Math.max(1, Math.round(keys * perKey)) : fallback;
  }

  private static double multiple(String text) {
    try {
      return Double.parseDouble(text.substring(0, text.length() - 1));
    } catch (NumberFormatException e) {
      return -1;
    }
  }
}
