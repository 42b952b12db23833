package dev.plinth.kv.state;

/// Which request of which session a write is, so that it takes effect at most once however often it
/// is sent.
///
/// @param session the session's number; 0 for none: then each sending counts
/// @param number 1 or more, a new one for each write of the session
/// @param answeredBelow every request below this number was answered
public record RequestId(long session, long number, long answeredBelow) {
  /// Outside of any session.
  public static final RequestId NONE = new RequestId(0, 0, 0);
}
