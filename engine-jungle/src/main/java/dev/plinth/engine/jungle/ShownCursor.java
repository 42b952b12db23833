package dev.plinth.engine.jungle;

import dev.plinth.kit.merge.EntryCursor;
import dev.plinth.kit.merge.KeyWords;

/// A cursor that shows entries of another one. Not thread-safe.
abstract class ShownCursor extends EntryCursor {
  /// The other one.
  protected final EntryCursor inner;

  ShownCursor(EntryCursor inner) {
    this.inner = inner;
  }

  @Override
  public void words(KeyWords maker) {
    super.words(maker);
    inner.words(maker);
  }

  @Override
  public void close() {
    valid = false;
    inner.close();
  }

  /// Shows the entry that the other one stands on.
  protected final void show() {
    valid = inner.isValid();
    if (!valid) {
      return;
    }
    keySegment = inner.keySegment();
    keyOffset = inner.keyOffset();
    keyLength = inner.keyLength();
    keyWord = inner.keyWord();
    tag = inner.tag();
    showValue();
  }

  /// Shows its value.
  protected final void showValue() {
    valueSegment = inner.valueSegment();
    valueOffset = inner.valueOffset();
    valueLength = inner.valueLength();
    valueElsewhere = inner.valueElsewhere();
  }
}
