package dev.plinth.bench.cell;

/// An engine gave an answer that is not what was written.
final class WrongAnswerException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  WrongAnswerException(String message) {
    super(message);
  }
}
