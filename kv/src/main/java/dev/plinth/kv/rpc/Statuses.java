package dev.plinth.kv.rpc;

import dev.plinth.kv.KvException;
import dev.plinth.kv.KvException.Kind;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.util.Locale;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/// Failures as gRPC status codes, and back.
public final class Statuses {
  private Statuses() {}

  /// What a caller is told of a failure.
  static StatusRuntimeException of(Throwable failure) {
    Throwable cause = failure;
    while (cause instanceof CompletionException && cause.getCause() != null) {
      cause = cause.getCause();
    }
    if (!(cause instanceof KvException refusal)) {
      System.getLogger("dev.plinth.kv")
          .log(System.Logger.Level.ERROR, "a call failed: " + cause, cause);
      return Status.INTERNAL.withDescription(String.valueOf(cause)).asRuntimeException();
    }
    Metadata trailers = new Metadata();
    trailers.put(KvMethods.REASON, word(refusal.kind()));
    @Nullable String leader = refusal.leader();
    if (leader != null) {
      trailers.put(KvMethods.LEADER, leader);
    }
    return code(refusal.kind()).withDescription(refusal.getMessage()).asRuntimeException(trailers);
  }

  private static Status code(Kind kind) {
    return switch (kind) {
      case INVALID -> Status.INVALID_ARGUMENT;
      case NOT_LEADER, WRONG_CLUSTER, SESSION_EXPIRED, MEMBERSHIP -> Status.FAILED_PRECONDITION;
      case UNKNOWN_OUTCOME -> Status.ABORTED;
      case UNAVAILABLE -> Status.UNAVAILABLE;
      case OVERLOADED -> Status.RESOURCE_EXHAUSTED;
      case UNAUTHENTICATED -> Status.UNAUTHENTICATED;
      case FAILED -> Status.INTERNAL;
    };
  }

  private static String word(Kind kind) {
    return kind.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /// What a status means to a client.
  public static KvException read(StatusRuntimeException failure) {
    @Nullable Metadata trailers = failure.getTrailers();
    @Nullable String reason = trailers == null ? null : trailers.get(KvMethods.REASON);
    @Nullable String leader = trailers == null ? null : trailers.get(KvMethods.LEADER);
    Status status = failure.getStatus();
    String message =
        status.getDescription() == null ? status.getCode().name() : status.getDescription();
    return new KvException(kind(reason, status), message, leader, failure);
  }

  private static Kind kind(@Nullable String reason, Status status) {
    for (Kind kind : Kind.values()) {
      if (word(kind).equals(reason)) {
        return kind;
      }
    }
    return switch (status.getCode()) {
      case INVALID_ARGUMENT, OUT_OF_RANGE, UNIMPLEMENTED, NOT_FOUND -> Kind.INVALID;
      case UNAUTHENTICATED, PERMISSION_DENIED -> Kind.UNAUTHENTICATED;
      // Also what gRPC says of a message that is larger than it may be.
      case RESOURCE_EXHAUSTED -> Kind.INVALID;
      default -> Kind.UNKNOWN_OUTCOME;
    };
  }
}
