package dev.plinth.bench.workload;

import dev.plinth.spi.WorkloadShape.KeyOrder;
import org.jspecify.annotations.Nullable;

/// Says which key comes next. One for each thread; not thread-safe, no allocation per key.
public sealed interface KeyChooser {
  /// The index of the next key.
  long next();

  /// A shuffled order from a position on: each key once.
  static KeyChooser shuffled(Permutation permutation, long position) {
    return new Shuffled(permutation, position);
  }

  /// The keys of a range in ascending order, over and over.
  static KeyChooser ascending(long from, long count) {
    return new Ascending(from, count);
  }

  /// Keys of a range in a given order.
  ///
  /// @param zipf ranks for that count; needed by [KeyOrder#ZIPF] and [KeyOrder#LATEST] only
  /// @param loaded the order in which the range was loaded: `LATEST` prefers its end
  static KeyChooser of(
      KeyOrder order, Range range, Dice dice, @Nullable Zipf zipf, Permutation loaded) {
    return switch (order) {
      case SEQUENTIAL -> new Ascending(range.from(), range.count());
      case UNIFORM -> new Uniform(dice, range.from(), range.count());
      case ZIPF -> new Skewed(dice, require(zipf), loaded, range.from(), -1);
      case LATEST -> new Skewed(dice, require(zipf), loaded, range.from(), range.count() - 1);
    };
  }

  private static Zipf require(@Nullable Zipf zipf) {
    if (zipf == null) {
      throw new IllegalArgumentException("this order needs ranks");
    }
    return zipf;
  }

  /// Key indexes from `from` to `from + count - 1`.
  record Range(long from, long count) {
    /// The share of one of several threads; shares differ by one key at most.
    public static Range share(long count, int thread, int threads) {
      long from = Math.multiplyExact(count, thread) / threads;
      return new Range(from, Math.multiplyExact(count, thread + 1) / threads - from);
    }
  }

  /// See [KeyChooser#ascending].
  final class Ascending implements KeyChooser {
    private final long from;
    private final long count;
    private long at;

    private Ascending(long from, long count) {
      this.from = from;
      this.count = count;
    }

    @Override
    public long next() {
      long index = from + at;
      at = at + 1 == count ? 0 : at + 1;
      return index;
    }
  }

  /// See [KeyChooser#shuffled].
  final class Shuffled implements KeyChooser {
    private final Permutation permutation;
    private long position;

    private Shuffled(Permutation permutation, long position) {
      this.permutation = permutation;
      this.position = position;
    }

    @Override
    public long next() {
      return permutation.at(position++);
    }
  }

  /// Each key alike.
  final class Uniform implements KeyChooser {
    private final Dice dice;
    private final long from;
    private final long count;

    private Uniform(Dice dice, long from, long count) {
      this.dice = dice;
      this.from = from;
      this.count = count;
    }

    @Override
    public long next() {
      return from + dice.below(count);
    }
  }

  /// Few keys often: ranks mapped to keys by a shuffled order, from its start or from its end.
  final class Skewed implements KeyChooser {
    private final Dice dice;
    private final Zipf zipf;
    private final Permutation scatter;
    private final long from;
    private final long newest;

    private Skewed(Dice dice, Zipf zipf, Permutation scatter, long from, long newest) {
      this.dice = dice;
      this.zipf = zipf;
      this.scatter = scatter;
      this.from = from;
      this.newest = newest;
    }

    @Override
    public long next() {
      long rank = zipf.rank(dice);
      return from + scatter.at(newest < 0 ? rank : newest - rank);
    }
  }
}
