package dev.plinth.raft.store;

/// What stands before an entry's payload, as an [EntryCodec] has read it. Used again and again by
/// one thread.
public final class EntryHeader {
  /// How many indexes lie between the entry and the one before it in its batch.
  long gap;

  /// The entry's term.
  long term;

  /// The entry's type.
  int type;

  /// The entry's timestamp.
  long timestamp;

  /// The bytes of its payload.
  int length;

  /// Where its payload begins.
  long payload;

  /// A header that holds nothing yet.
  public EntryHeader() {}

  /// Takes over what was read.
  ///
  /// @param payloadOffset where the payload begins
  public void set(
      long newGap,
      long newTerm,
      int newType,
      long newTimestamp,
      int newLength,
      long payloadOffset) {
    gap = newGap;
    term = newTerm;
    type = newType;
    timestamp = newTimestamp;
    length = newLength;
    payload = payloadOffset;
  }

  /// How many indexes lie between the entry and the one before it in its batch.
  public long gap() {
    return gap;
  }

  /// The entry's term.
  public long term() {
    return term;
  }

  /// The entry's type, see [EntryTypes].
  public int type() {
    return type;
  }

  /// The entry's timestamp in milliseconds.
  public long timestamp() {
    return timestamp;
  }

  /// The bytes of its payload.
  public int length() {
    return length;
  }

  /// Where its payload begins in the segment that was read.
  public long payload() {
    return payload;
  }

  /// Where the next entry begins in the segment that was read.
  public long end() {
    return payload + length;
  }
}
