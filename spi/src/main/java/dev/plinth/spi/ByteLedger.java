package dev.plinth.spi;

import java.util.Arrays;

/// Bytes handed to files, by cause. Immutable.
public final class ByteLedger {
  /// A ledger without an entry.
  public static final ByteLedger EMPTY = new ByteLedger(new long[ByteCause.values().length]);

  private final long[] bytes;

  private ByteLedger(long[] bytes) {
    this.bytes = bytes;
  }

  /// A ledger of the given bytes, in the order of [ByteCause]; the array is copied.
  public static ByteLedger of(long[] bytes) {
    if (bytes.length != ByteCause.values().length) {
      throw new IllegalArgumentException("one number for each cause is expected");
    }
    return new ByteLedger(bytes.clone());
  }

  /// The bytes of one cause.
  public long bytes(ByteCause cause) {
    return bytes[cause.ordinal()];
  }

  /// The bytes of all causes.
  public long total() {
    return Arrays.stream(bytes).sum();
  }

  /// What came since an earlier ledger.
  public ByteLedger since(ByteLedger earlier) {
    long[] difference = bytes.clone();
    for (int i = 0; i < difference.length; i++) {
      difference[i] -= earlier.bytes[i];
    }
    return new ByteLedger(difference);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ByteLedger ledger && Arrays.equals(bytes, ledger.bytes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder("total=").append(total());
    for (ByteCause cause : ByteCause.values()) {
      if (bytes(cause) != 0) {
        text.append(' ').append(cause).append('=').append(bytes(cause));
      }
    }
    return text.toString();
  }
}
