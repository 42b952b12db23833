package dev.plinth.bench.cell;

/// An engine gave an answer that is not what was written.
public final class WrongAnswerException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /// @param message names the key, what came and what was written
  public WrongAnswerException(String message) {
    super(message);
  }
}
