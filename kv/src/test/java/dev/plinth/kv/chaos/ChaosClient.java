package dev.plinth.kv.chaos;

import dev.plinth.conformance.linear.Call;
import dev.plinth.conformance.linear.Call.Action;
import dev.plinth.conformance.linear.Call.Outcome;
import dev.plinth.kv.KvException;
import dev.plinth.kv.client.ClientOptions;
import dev.plinth.kv.client.KvClient;
import dev.plinth.kv.proto.CompareAndSetResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/// One client that calls one key after the other and writes down what it sees.
final class ChaosClient implements Runnable {
  private static final Duration WHOLE = Duration.ofSeconds(3);
  private static final Duration ATTEMPT = Duration.ofSeconds(1);

  private final int number;
  private final List<String> servers;
  private final int keys;
  private final SplittableRandom random;
  private final AtomicBoolean stop;
  private final List<Call> seen = new ArrayList<>();
  private @Nullable String last;
  private int written;
  private int answered;

  ChaosClient(int number, List<String> servers, int keys, long seed, AtomicBoolean stop) {
    this.number = number;
    this.servers = servers;
    this.keys = keys;
    this.random = new SplittableRandom(seed);
    this.stop = stop;
  }

  List<Call> seen() {
    return seen;
  }

  int answered() {
    return answered;
  }

  @Override
  public void run() {
    List<String> order = new ArrayList<>(servers);
    java.util.Collections.rotate(order, number);
    ClientOptions options =
        ClientOptions.of(order.toArray(String[]::new)).withTimeouts(WHOLE, ATTEMPT);
    try (KvClient client = KvClient.of(options)) {
      while (!stop.get()) {
        call(client);
        Thread.sleep(random.nextInt(4));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void call(KvClient client) {
    String key = "k" + random.nextInt(keys);
    Action action = choose();
    long begun = System.nanoTime();
    try {
      Outcome outcome = perform(client, key, action);
      seen.add(new Call(number, key, action, outcome, begun, System.nanoTime()));
      answered++;
    } catch (KvException e) {
      boolean mayHaveHappened =
          !(action instanceof Action.Get)
              && (e.kind() == KvException.Kind.UNKNOWN_OUTCOME
                  || e.kind() == KvException.Kind.FAILED);
      if (mayHaveHappened) {
        seen.add(new Call(number, key, action, new Outcome.Unknown(), begun, Long.MAX_VALUE));
      }
    }
  }

  private Action choose() {
    String value = number + "-" + written++;
    return switch (random.nextInt(10)) {
      case 0, 1, 2, 3 -> new Action.Get();
      case 4, 5, 6 -> new Action.Put(value);
      case 7 -> new Action.Delete();
      default -> new Action.CompareAndSet(random.nextInt(3) == 0 ? null : last, value);
    };
  }

  private Outcome perform(KvClient client, String key, Action action) {
    return switch (action) {
      case Action.Get() -> {
        last = text(client.get(bytes(key)));
        yield new Outcome.Read(last);
      }
      case Action.Put(String value) -> {
        client.put(bytes(key), bytes(value));
        yield new Outcome.Done();
      }
      case Action.Delete() -> new Outcome.Deleted(client.delete(bytes(key)));
      case Action.CompareAndSet(String expected, String value) -> {
        CompareAndSetResponse answer =
            client.compareAndSet(
                bytes(key), expected == null ? null : bytes(expected), bytes(value));
        String current = answer.getFound() ? answer.getCurrent().toStringUtf8() : null;
        yield new Outcome.Compared(
            answer.getApplied(), !answer.getApplied() && answer.getCurrentKnown(), current);
      }
    };
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static @Nullable String text(byte @Nullable [] bytes) {
    return bytes == null ? null : new String(bytes, StandardCharsets.UTF_8);
  }
}
