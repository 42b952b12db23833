package dev.plinth.bench.workload;

/// A shuffled order of 0 to `count - 1` that takes no memory: every number occurs exactly once.
///
/// Multiplications by odd numbers and shifted exclusive-ors are bijections on words of `b` bits; a
/// result outside of the range is fed in again until it falls inside (cycle walking), which takes
/// fewer than two rounds on average.
public final class Permutation {
  private final long count;
  private final long mask;
  private final int shift;
  private final long factorA;
  private final long factorB;
  private final long offset;

  /// The order that a seed gives.
  public Permutation(long count, long seed) {
    if (count < 1 || count > Keys.COUNT_MAX) {
      throw new IllegalArgumentException("a count from 1 to " + Keys.COUNT_MAX + " is expected");
    }
    this.count = count;
    int bits = Math.max(2, 64 - Long.numberOfLeadingZeros(count - 1));
    this.mask = (1L << bits) - 1;
    this.shift = (bits + 1) / 2;
    Dice dice = new Dice(seed, 0x7065726dL);
    this.factorA = dice.bits() | 1;
    this.factorB = dice.bits() | 1;
    this.offset = dice.bits();
  }

  /// The number at a position.
  public long at(long position) {
    long number = position;
    do {
      number = ((number + offset) * factorA) & mask;
      number ^= number >>> shift;
      number = (number * factorB) & mask;
      number ^= number >>> shift;
      number = (number * factorA) & mask;
    } while (number >= count);
    return number;
  }
}
