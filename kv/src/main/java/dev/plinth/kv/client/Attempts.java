package dev.plinth.kv.client;

import dev.plinth.kv.KvException;
import dev.plinth.kv.KvException.Kind;
import dev.plinth.kv.rpc.Statuses;
import io.grpc.CallOptions;
import io.grpc.MethodDescriptor;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCalls;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Sends a request to one server after the other until it is answered or time is over. What may be
/// sent again, and to whom, is decided here. Any thread.
final class Attempts {
  private static final long PAUSE_MILLIS_MIN = 5;
  private static final long PAUSE_MILLIS_MAX = 200;

  private final Connections connections;
  private final ClientOptions options;

  Attempts(Connections connections, ClientOptions options) {
    this.connections = connections;
    this.options = options;
  }

  /// Until when a call may be tried.
  record Limit(long endNanos) {
    long left() {
      return endNanos - System.nanoTime();
    }
  }

  /// The limit of a call that begins now.
  Limit limit() {
    return new Limit(System.nanoTime() + options.timeout().toNanos());
  }

  /// A read: any server, again as often as time allows.
  <Q, A> A read(MethodDescriptor<Q, A> method, Q request) {
    return run(method, request, limit(), Way.READ);
  }

  /// A write with an id of its own: the leader, again as often as time allows.
  <Q, A> A write(MethodDescriptor<Q, A> method, Q request, Limit limit) {
    return run(method, request, limit, Way.WRITE);
  }

  /// A call to the leader that does no harm when it is done twice.
  <Q, A> A retried(MethodDescriptor<Q, A> method, Q request, Limit limit) {
    return run(method, request, limit, Way.IDEMPOTENT);
  }

  /// A question to the leader.
  <Q, A> A askLeader(MethodDescriptor<Q, A> method, Q request) {
    return run(method, request, limit(), Way.IDEMPOTENT);
  }

  /// A change of the cluster: the leader, once; again only when it was surely refused.
  <Q, A> A change(MethodDescriptor<Q, A> method, Q request) {
    return run(method, request, limit(), Way.ONCE);
  }

  /// A question to the first server of the options and to no other.
  <Q, A> A askFirst(MethodDescriptor<Q, A> method, Q request) {
    try {
      return call(options.servers().getFirst(), method, request, options.timeout().toNanos());
    } catch (StatusRuntimeException e) {
      KvException failure = Statuses.read(e);
      throw failure.kind() == Kind.UNKNOWN_OUTCOME ? unreached(failure) : failure;
    }
  }

  private enum Way {
    READ,
    WRITE,
    IDEMPOTENT,
    ONCE
  }

  private <Q, A> A run(MethodDescriptor<Q, A> method, Q request, Limit limit, Way way) {
    boolean mayHaveHappened = false;
    KvException last = null;
    long pauseMillis = PAUSE_MILLIS_MIN;
    while (limit.left() > 0) {
      String server = way == Way.READ ? connections.any() : connections.preferred();
      long whole = limit.left();
      long attempt = way == Way.ONCE ? whole : Math.min(whole, options.attemptTimeout().toNanos());
      try {
        A answer = call(server, method, request, attempt);
        if (way != Way.READ) {
          connections.leads(server);
        }
        return answer;
      } catch (StatusRuntimeException e) {
        KvException failure = Statuses.read(e);
        if (!again(failure, way, mayHaveHappened)) {
          throw failure;
        }
        last = failure;
        mayHaveHappened |= failure.kind() == Kind.UNKNOWN_OUTCOME;
        if (failure.kind() != Kind.OVERLOADED) {
          connections.passOver(server, failure.leader());
        }
        if (failure.leader() == null || failure.kind() == Kind.OVERLOADED) {
          pause(Math.min(pauseMillis, Math.max(1, limit.left() / 1_000_000)));
          pauseMillis = Math.min(PAUSE_MILLIS_MAX, pauseMillis * 2);
        }
      }
    }
    throw timedOut(last, way == Way.WRITE && mayHaveHappened);
  }

  /// Whether a failure lets the request be sent again. A write that expired after an attempt whose
  /// outcome is unknown must not: the caller would take it for one that never happened.
  private static boolean again(KvException failure, Way way, boolean mayHaveHappened) {
    return switch (failure.kind()) {
      case NOT_LEADER, OVERLOADED, UNAVAILABLE -> true;
      case UNKNOWN_OUTCOME -> way != Way.ONCE;
      case SESSION_EXPIRED -> {
        if (mayHaveHappened) {
          throw new KvException(
              Kind.UNKNOWN_OUTCOME,
              "the session was forgotten while the outcome of the write was unknown",
              null,
              failure);
        }
        yield false;
      }
      default -> false;
    };
  }

  private KvException timedOut(@Nullable KvException last, boolean unknown) {
    String why = last == null ? "" : ": " + last.getMessage();
    return unknown
        ? new KvException(
            Kind.UNKNOWN_OUTCOME,
            "no answer in " + options.timeout().toMillis() + " ms; the write may take effect" + why,
            null,
            last)
        : new KvException(
            Kind.UNAVAILABLE,
            "no answer in "
                + options.timeout().toMillis()
                + " ms from "
                + String.join(", ", options.servers())
                + why,
            null,
            last);
  }

  private KvException unreached(KvException failure) {
    return new KvException(
        Kind.UNAVAILABLE,
        options.servers().getFirst() + " does not answer: " + failure.getMessage(),
        null,
        failure);
  }

  private <Q, A> A call(String server, MethodDescriptor<Q, A> method, Q request, long nanos) {
    return ClientCalls.blockingUnaryCall(
        connections.channel(server),
        method,
        CallOptions.DEFAULT.withDeadlineAfter(nanos, TimeUnit.NANOSECONDS),
        request);
  }

  private static void pause(long millis) {
    try {
      TimeUnit.MILLISECONDS.sleep(1 + ThreadLocalRandom.current().nextLong(millis));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new KvException(Kind.UNKNOWN_OUTCOME, "interrupted", null, e);
    }
  }
}
