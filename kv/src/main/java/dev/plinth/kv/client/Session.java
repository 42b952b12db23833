package dev.plinth.kv.client;

import dev.plinth.kv.KvException;
import dev.plinth.kv.KvException.Kind;
import dev.plinth.kv.proto.OpenSessionRequest;
import dev.plinth.kv.proto.RequestId;
import dev.plinth.kv.rpc.KvMethods;
import io.grpc.MethodDescriptor;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// A client's session: opened with the first write, and again when the cluster has forgotten it.
/// Any thread.
final class Session {
  private static final int WRITES_AT_ONCE_MAX = 128;

  private final Attempts attempts;
  private final Semaphore turns = new Semaphore(WRITES_AT_ONCE_MAX);
  private @Nullable Opened opened;

  private record Opened(long session, RequestNumbers numbers) {}

  Session(Attempts attempts) {
    this.attempts = attempts;
  }

  /// Sends a write until it is answered, at most once effective.
  ///
  /// @param request makes the request of an id
  <Q, A> A write(MethodDescriptor<Q, A> method, Function<RequestId, Q> request) {
    Attempts.Limit limit = attempts.limit();
    boolean begun = false;
    try {
      begun = turns.tryAcquire(limit.left(), TimeUnit.NANOSECONDS);
      if (!begun) {
        throw tooMany();
      }
      return sent(method, request, limit);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new KvException(
          Kind.UNAVAILABLE, "interrupted before the write was sent; nothing was changed", null, e);
    } finally {
      if (begun) {
        turns.release();
      }
    }
  }

  private <Q, A> A sent(
      MethodDescriptor<Q, A> method, Function<RequestId, Q> request, Attempts.Limit limit)
      throws InterruptedException {
    while (true) {
      Opened current = current(limit);
      long number = current.numbers.next(limit.left());
      if (number == 0) {
        throw tooMany();
      }
      try {
        RequestId id =
            RequestId.newBuilder()
                .setSession(current.session)
                .setNumber(number)
                .setAnsweredBelow(current.numbers.answeredBelow())
                .build();
        return attempts.write(method, request.apply(id), limit);
      } catch (KvException e) {
        if (e.kind() != Kind.SESSION_EXPIRED) {
          throw e;
        }
        forget(current);
      } finally {
        current.numbers.answered(number);
      }
    }
  }

  private static KvException tooMany() {
    return new KvException(
        Kind.UNAVAILABLE,
        "the client's other writes were not answered in time; this one was not sent");
  }

  private synchronized Opened current(Attempts.Limit limit) {
    Opened current = opened;
    if (current == null) {
      // One that was opened and whose answer was lost is pushed out in time: nothing is doubled.
      long session =
          attempts
              .retried(KvMethods.OPEN_SESSION, OpenSessionRequest.getDefaultInstance(), limit)
              .getSession();
      current = new Opened(session, new RequestNumbers());
      opened = current;
    }
    return current;
  }

  private synchronized void forget(Opened expired) {
    if (expired.equals(opened)) {
      opened = null;
    }
  }
}
