package dev.plinth.bench.workload;

/// A stream of pseudo-random numbers decided by its seed (SplitMix64: Steele, Lea, Flood 2014).
/// Small and without allocation; not thread-safe.
public final class Dice {
  private static final long STEP = 0x9e3779b97f4a7c15L;

  private long state;

  /// A stream for one purpose.
  ///
  /// @param seed the run's seed
  /// @param stream which of the seed's streams
  public Dice(long seed, long stream) {
    this.state = mix(mix(seed) + stream * STEP);
  }

  /// The next 64 bits.
  public long bits() {
    state += STEP;
    return mix(state);
  }

  /// A number from 0 to `bound - 1`.
  public long below(long bound) {
    return Math.unsignedMultiplyHigh(bits(), bound);
  }

  /// A number from 0 (included) to 1 (excluded).
  public double fraction() {
    return (bits() >>> 11) * 0x1.0p-53;
  }

  /// Scrambles 64 bits; a bijection.
  public static long mix(long bits) {
    long mixed = (bits ^ (bits >>> 30)) * 0xbf58476d1ce4e5b9L;
    mixed = (mixed ^ (mixed >>> 27)) * 0x94d049bb133111ebL;
    return mixed ^ (mixed >>> 31);
  }
}
