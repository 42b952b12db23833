package dev.plinth.cli.kv;

import dev.plinth.kv.client.ClientOptions;
import dev.plinth.kv.client.KvClient;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/// Callers that put or get keys of a running cluster for a while, and what it took. Each caller
/// waits for its answer before it calls again; at a fixed rate, latency counts from the moment at
/// which a call is due. Eight callers share a connection.
final class Load {
  private static final int CALLERS_A_CONNECTION = 8;
  private static final long LATENCY_NANOS_MAX = 60_000_000_000L;
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private Load() {}

  /// What the callers do.
  enum Kind {
    PUT,
    GET
  }

  /// A load.
  ///
  /// @param callers how many
  /// @param rate calls a second of all of them together; 0 for as many as they get answered
  /// @param seconds how long
  /// @param keys how many keys, drawn evenly
  /// @param valueBytes of a put
  record Spec(Kind kind, int callers, long rate, int seconds, int keys, int valueBytes, long seed) {

    Spec atRate(long callsASecond) {
      return new Spec(kind, callers, callsASecond, seconds, keys, valueBytes, seed);
    }
  }

  /// What came of it.
  record Result(Spec spec, long calls, long nanos, Histogram latency) {
    double callsASecond() {
      return calls * 1e9 / nanos;
    }

    double micros(double percentile) {
      return latency.getValueAtPercentile(percentile) / 1e3;
    }
  }

  /// Runs a load.
  ///
  /// @throws dev.plinth.kv.KvException what a call has failed with; the others have ended too
  static Result run(List<String> servers, Spec spec) throws InterruptedException {
    List<KvClient> clients = new ArrayList<>();
    List<Caller> callers = new ArrayList<>();
    AtomicReference<@Nullable RuntimeException> failure = new AtomicReference<>();
    CountDownLatch go = new CountDownLatch(1);
    try {
      for (int i = 0; i < spec.callers; i++) {
        if (i % CALLERS_A_CONNECTION == 0) {
          clients.add(
              KvClient.of(
                  ClientOptions.of(servers.toArray(String[]::new))
                      .withTimeouts(PATIENCE, PATIENCE)));
        }
        callers.add(new Caller(i, spec, clients.getLast(), go, failure));
      }
      callers.forEach(caller -> caller.thread.start());
      long begun = System.nanoTime();
      go.countDown();
      for (Caller caller : callers) {
        caller.thread.join();
      }
      long nanos = System.nanoTime() - begun;
      RuntimeException failed = failure.get();
      if (failed != null) {
        throw failed;
      }
      Histogram latency = new Histogram(LATENCY_NANOS_MAX, 3);
      callers.forEach(caller -> latency.add(caller.latency));
      return new Result(spec, latency.getTotalCount(), nanos, latency);
    } finally {
      clients.forEach(KvClient::close);
    }
  }

  private static final class Caller implements Runnable {
    private final int number;
    private final Spec spec;
    private final KvClient client;
    private final CountDownLatch go;
    private final AtomicReference<@Nullable RuntimeException> failure;
    private final SplittableRandom random;
    private final Histogram latency = new Histogram(LATENCY_NANOS_MAX, 3);
    private final byte[] value;
    private final Thread thread = Thread.ofPlatform().name("plinth-kv-caller").unstarted(this);

    Caller(
        int number,
        Spec spec,
        KvClient client,
        CountDownLatch go,
        AtomicReference<@Nullable RuntimeException> failure) {
      this.number = number;
      this.spec = spec;
      this.client = client;
      this.go = go;
      this.failure = failure;
      this.random = new SplittableRandom(spec.seed * 1000 + number);
      this.value = new byte[spec.valueBytes];
    }

    @Override
    public void run() {
      try {
        // The session and the connection are not what is measured.
        call();
        go.await();
        calls();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      } catch (RuntimeException e) {
        failure.compareAndSet(null, e);
      }
    }

    private void calls() throws InterruptedException {
      long begun = System.nanoTime();
      long end = begun + TimeUnit.SECONDS.toNanos(spec.seconds);
      double gap = spec.rate == 0 ? 0 : 1e9 * spec.callers / spec.rate;
      double due = begun + gap * number / spec.callers;
      long now = begun;
      while (now < end && failure.get() == null) {
        long from = now;
        if (spec.rate > 0) {
          from = (long) due;
          due += gap;
          if (from >= end) {
            return;
          }
          TimeUnit.NANOSECONDS.sleep(from - now);
        }
        call();
        now = System.nanoTime();
        latency.recordValue(Math.min(LATENCY_NANOS_MAX, now - from));
      }
    }

    private void call() {
      byte[] key =
          String.format("key%013d", random.nextInt(spec.keys)).getBytes(StandardCharsets.US_ASCII);
      if (spec.kind == Kind.GET) {
        client.get(key);
      } else {
        random.nextBytes(value);
        client.put(key, value.clone());
      }
    }
  }
}
