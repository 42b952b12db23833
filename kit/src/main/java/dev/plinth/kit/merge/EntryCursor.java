package dev.plinth.kit.merge;

import dev.plinth.kit.memory.KeyCopy;
import java.lang.foreign.MemorySegment;

/// Walks sorted entries (key, tag, value) both ways: what memtables, tables and runs give.
///
/// Not thread-safe. After every move the subclass sets the fields below, so that readers of an
/// entry make no virtual call; they mean something only while [#isValid()]. The bytes they name are
/// valid until the next move.
public abstract class EntryCursor implements AutoCloseable {
  /// Whether it stands on an entry.
  protected boolean valid;

  /// The memory that holds the key.
  protected MemorySegment keySegment = MemorySegment.NULL;

  /// Where the key starts.
  protected long keyOffset;

  /// How long the key is.
  protected int keyLength;

  /// The key's word.
  protected long keyWord;

  /// Makes the words of keys; all sources of a merge have the same.
  protected KeyWords words = KeyWords.FIRST;

  /// The tag.
  protected long tag;

  /// The memory that holds the value.
  protected MemorySegment valueSegment = MemorySegment.NULL;

  /// Where the value starts.
  protected long valueOffset;

  /// How long the value is.
  protected int valueLength;

  /// Whether what the fields above name is not the value but says where it is.
  protected boolean valueElsewhere;

  /// Moves to the first entry.
  public abstract void first();

  /// Moves to the last entry.
  public abstract void last();

  /// Moves to the first entry at or behind (key, tag) in the order of [Tag].
  public abstract void seek(MemorySegment key, long offset, int length, long tag);

  /// Moves to the next entry; only while valid.
  public abstract void next();

  /// Moves to the entry before; only while valid.
  public abstract void previous();

  /// The highest sequence number that any entry of this source may have; lets a reader pass over
  /// what a range delete covers.
  public abstract long sequenceMax();

  /// Says how the words of keys are made; before the first move.
  ///
  /// @param maker where keys of a table are read, made for bounds that hold all keys of it
  public void words(KeyWords maker) {
    words = maker;
  }

  /// Checks the bytes of the value, where that was not done before; to be called before they are
  /// used.
  public void checkValue() {}

  /// Lets the fields name the value when it is elsewhere; only while valid.
  public void fetchValue() {}

  /// Copies a value that is elsewhere; this cursor may have moved on since it named it.
  ///
  /// @param reference what this cursor named in its place
  public void readValue(MemorySegment reference, long offset, int length, KeyCopy target) {
    throw new UnsupportedOperationException("the values of this source are not elsewhere");
  }

  /// Leaves it without an entry until it is moved to a place again.
  final void end() {
    valid = false;
  }

  /// Releases what it pins.
  @Override
  public abstract void close();

  /// Moves to the last entry before (key, tag).
  public final void seekBefore(MemorySegment key, long offset, int length, long tag) {
    seek(key, offset, length, tag);
    if (valid) {
      previous();
    } else {
      last();
    }
  }

  /// Whether it stands on an entry.
  public final boolean isValid() {
    return valid;
  }

  /// The memory that holds the key.
  public final MemorySegment keySegment() {
    return keySegment;
  }

  /// Where the key starts.
  public final long keyOffset() {
    return keyOffset;
  }

  /// How long the key is.
  public final int keyLength() {
    return keyLength;
  }

  /// The key's word, as [KeyWords] makes it.
  public final long keyWord() {
    return keyWord;
  }

  /// The tag.
  public final long tag() {
    return tag;
  }

  /// Whether what is named as the value says where it is; [#fetchValue] gets it.
  public final boolean valueElsewhere() {
    return valueElsewhere;
  }

  /// The memory that holds the value.
  public final MemorySegment valueSegment() {
    return valueSegment;
  }

  /// Where the value starts.
  public final long valueOffset() {
    return valueOffset;
  }

  /// How long the value is.
  public final int valueLength() {
    return valueLength;
  }
}
