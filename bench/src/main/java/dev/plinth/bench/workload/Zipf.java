package dev.plinth.bench.workload;

/// Ranks by Zipf's law with exponent 0.99, rank 0 the most frequent: the method of Gray et al.,
/// "Quickly generating billion-record synthetic databases" (SIGMOD 1994), as YCSB uses it. May be
/// shared by threads; preparing it takes time proportional to the count.
public final class Zipf {
  private static final double THETA = 0.99;
  private static final double ALPHA = 1 / (1 - THETA);

  private final long count;
  private final double zeta;
  private final double eta;

  /// Ranks from 0 to `count - 1`.
  public Zipf(long count) {
    this.count = count;
    double sum = 0;
    for (long i = 1; i <= count; i++) {
      sum += 1 / Math.pow((double) i, THETA);
    }
    this.zeta = sum;
    double zetaOfTwo = 1 + Math.pow(0.5, THETA);
    this.eta = (1 - Math.pow(2.0 / count, 1 - THETA)) / (1 - zetaOfTwo / zeta);
  }

  /// The next rank.
  public long rank(Dice dice) {
    double u = dice.fraction();
    double scaled = u * zeta;
    if (scaled < 1 || count == 1) {
      return 0;
    }
    if (scaled < 1 + Math.pow(0.5, THETA)) {
      return 1;
    }
    return Math.min(count - 1, (long) (count * Math.pow(eta * u - eta + 1, ALPHA)));
  }
}
