package dev.plinth.lsm;

import dev.plinth.spi.WorkloadShape.KeyOrder;

/// How many different keys there are among keys that are drawn one after the other: what decides
/// how much a run of overwrites shrinks when it is merged. Pure.
final class KeyDraws {
  /// The exponent of Zipf's law, as in YCSB.
  private static final double EXPONENT = 0.99;

  /// Ranks that are summed one by one; the others in groups that grow by an eighth.
  private static final int RANKS_ALONE = 64;

  private static final double GROUP_GROWTH = 1.125;

  private final KeyOrder order;

  KeyDraws(KeyOrder order) {
    this.order = order;
  }

  /// The expected number of different keys.
  ///
  /// @param draws how many keys are drawn
  /// @param keys from how many
  double distinct(double draws, double keys) {
    if (draws <= 0 || keys <= 0) {
      return 0;
    }
    return switch (order) {
      case SEQUENTIAL -> Math.min(draws, keys);
      case UNIFORM -> -keys * Math.expm1(-draws / keys);
      case ZIPF, LATEST -> Math.min(draws, skewed(draws, keys));
    };
  }

  private static double skewed(double draws, double keys) {
    double sum = 0;
    double weight = 1 / weights(keys);
    double rank = 1;
    while (rank <= keys) {
      double next = next(rank, keys);
      double probability = weight * Math.pow((rank + next - 1) / 2, -EXPONENT);
      sum -= (next - rank) * Math.expm1(-draws * probability);
      rank = next;
    }
    return sum;
  }

  /// The sum of the weights of all ranks.
  private static double weights(double keys) {
    double sum = 0;
    double rank = 1;
    while (rank <= keys) {
      double next = next(rank, keys);
      sum += (next - rank) * Math.pow((rank + next - 1) / 2, -EXPONENT);
      rank = next;
    }
    return sum;
  }

  private static double next(double rank, double keys) {
    double next = rank < RANKS_ALONE ? rank + 1 : Math.floor(rank * GROUP_GROWTH);
    return Math.min(next, Math.floor(keys) + 1);
  }
}
