package dev.plinth.kit.epoch;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/// Counts what readers do, without an atomic instruction where the reader's [Epochs] token is its
/// thread's own. Sums are exact once the readers have left.
///
/// Any thread may call it; [#add] on the thread that entered, before it leaves.
public final class ReadCounters {
  private static final int STRIPES = 64;
  private static final int STRIDE = 16;
  private static final VarHandle COUNT = MethodHandles.arrayElementVarHandle(long[].class);

  private final long[] owned = new long[(STRIPES + 1) * STRIDE];
  private final long[] shared = new long[(STRIPES + 1) * STRIDE];

  /// Counters that all stand at zero.
  ///
  /// @param kinds how many, at most 16
  public ReadCounters(int kinds) {
    if (kinds < 1 || kinds > STRIDE) {
      throw new IllegalArgumentException("1 to " + STRIDE + " counters, not " + kinds);
    }
  }

  /// Adds to a counter.
  ///
  /// @param token of the read under way
  public void add(long token, int kind, long amount) {
    int at = (Epochs.stripe(token) + 1) * STRIDE + kind;
    if (Epochs.isOwned(token)) {
      COUNT.setOpaque(owned, at, owned[at] + amount);
    } else {
      COUNT.getAndAdd(shared, at, amount);
    }
  }

  /// What was added to a counter, about, while readers are at it.
  public long sum(int kind) {
    long sum = 0;
    for (int stripe = 1; stripe <= STRIPES; stripe++) {
      sum += (long) COUNT.getOpaque(owned, stripe * STRIDE + kind);
      sum += (long) COUNT.getOpaque(shared, stripe * STRIDE + kind);
    }
    return sum;
  }
}
