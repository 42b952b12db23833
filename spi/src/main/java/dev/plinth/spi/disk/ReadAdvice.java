package dev.plinth.spi.disk;

/// How a file is going to be read: a hint without effect on results.
public enum ReadAdvice {
  /// No particular pattern.
  NORMAL,
  /// Single records at random places: the operating system should not read ahead.
  RANDOM,
  /// From front to back: the operating system should read ahead.
  SEQUENTIAL,
  /// Not needed again soon: cached pages may go.
  DROP
}
