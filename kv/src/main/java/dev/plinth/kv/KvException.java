package dev.plinth.kv;

import org.jspecify.annotations.Nullable;

/// Why a call on the key-value server was not answered; each message says what to do. Thrown by the
/// client and by a node alike.
public final class KvException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /// What kind of trouble it is, and whether a write may have taken effect.
  public enum Kind {
    /// The request itself is wrong: a key, a value, a range, an option. Nothing was changed.
    INVALID,
    /// This node does not lead; [#leader()] may say who does. Nothing was changed.
    NOT_LEADER,
    /// The write may take effect, now or later, or never. Send it again only with the same session
    /// and number.
    UNKNOWN_OUTCOME,
    /// There is no leader, or the node is starting, stopping or broken. Nothing was changed.
    UNAVAILABLE,
    /// Too much is under way. Nothing was changed; try again later.
    OVERLOADED,
    /// The session is not known: it was closed, or pushed out by newer ones. Nothing was changed by
    /// this call.
    SESSION_EXPIRED,
    /// The request was made for another cluster. Nothing was changed.
    WRONG_CLUSTER,
    /// The token is missing or wrong. Nothing was changed.
    UNAUTHENTICATED,
    /// A change of members was refused, or did not come about.
    MEMBERSHIP,
    /// The node has failed; its log says why.
    FAILED
  }

  private final Kind kind;
  private final @Nullable String leader;

  public KvException(Kind kind, String message) {
    this(kind, message, null, null);
  }

  /// @param leader the client address of the leader, when it is known
  public KvException(
      Kind kind, String message, @Nullable String leader, @Nullable Throwable cause) {
    super(message, cause);
    this.kind = kind;
    this.leader = leader;
  }

  /// What kind of trouble it is.
  public Kind kind() {
    return kind;
  }

  /// Where the leader can be reached by clients, when that is known.
  public @Nullable String leader() {
    return leader;
  }
}
