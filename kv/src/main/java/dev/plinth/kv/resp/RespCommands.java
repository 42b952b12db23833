package dev.plinth.kv.resp;

import dev.plinth.kv.KvException;
import dev.plinth.kv.KvException.Kind;
import dev.plinth.kv.replica.KvCalls;
import dev.plinth.kv.replica.Replica;
import dev.plinth.kv.rpc.Figures;
import dev.plinth.kv.state.Change;
import dev.plinth.kv.state.Condition;
import dev.plinth.kv.state.KvContent;
import dev.plinth.kv.state.RequestId;
import dev.plinth.kv.state.WriteResult.Outcome;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.redis.ArrayRedisMessage;
import io.netty.handler.codec.redis.ErrorRedisMessage;
import io.netty.handler.codec.redis.FullBulkStringRedisMessage;
import io.netty.handler.codec.redis.IntegerRedisMessage;
import io.netty.handler.codec.redis.RedisMessage;
import io.netty.handler.codec.redis.SimpleStringRedisMessage;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/// The commands of Redis that are understood: GET, SET (NX, XX), DEL, EXISTS, MGET, SCAN (MATCH,
/// COUNT), PING, ECHO, INFO, SELECT 0, and what clients ask when they begin. Reads are
/// linearizable. Writes have no session: one whose answer is lost may have taken effect. One
/// connection's.
final class RespCommands {
  private final KvCalls calls;
  private final Replica replica;
  private final Figures figures;
  private final ScanCursors cursors = new ScanCursors();

  RespCommands(KvCalls calls, Replica replica, Figures figures) {
    this.calls = calls;
    this.replica = replica;
    this.figures = figures;
  }

  /// Runs a command; the future never fails, failures are answers.
  CompletableFuture<RedisMessage> run(String name, List<byte[]> words) {
    try {
      return choose(name, words).exceptionally(RespCommands::error);
    } catch (KvException e) {
      return CompletableFuture.completedFuture(error(e));
    }
  }

  private CompletableFuture<RedisMessage> choose(String name, List<byte[]> words) {
    return switch (name) {
      case "GET" -> calls.get(one(name, words), false).thenApply(RespCommands::bulk);
      case "SET" -> set(words);
      case "DEL", "UNLINK" -> delete(name, words);
      case "EXISTS" -> exists(name, words);
      case "MGET" ->
          calls
              .getAll(rest(name, words))
              .thenApply(
                  values ->
                      new ArrayRedisMessage(values.stream().map(RespCommands::bulk).toList()));
      case "SCAN" -> scan(words);
      case "PING" -> done(words.size() > 1 ? bulk(words.get(1)) : simple("PONG"));
      case "ECHO" -> done(bulk(one(name, words)));
      case "INFO" -> done(bulk(info().getBytes(StandardCharsets.UTF_8)));
      case "SELECT" ->
          done(
              text(one(name, words)).equals("0")
                  ? simple("OK")
                  : failure("there is database 0 only"));
      case "CLIENT" -> done(simple("OK"));
      case "COMMAND", "CONFIG" -> done(new ArrayRedisMessage(List.of()));
      case "HELLO" -> done(new ErrorRedisMessage("NOPROTO RESP 2 is spoken here"));
      default -> done(failure("unknown command '" + shown(name) + "'"));
    };
  }

  private CompletableFuture<RedisMessage> set(List<byte[]> words) {
    if (words.size() < 3) {
      throw wrongNumber("SET");
    }
    byte[] key = words.get(1);
    Condition condition = Condition.NONE;
    for (byte[] word : words.subList(3, words.size())) {
      condition =
          switch (text(word).toUpperCase(Locale.ROOT)) {
            case "NX" -> both(condition, new Condition.Absent(key));
            case "XX" -> both(condition, new Condition.Present(key));
            default ->
                throw new KvException(
                    Kind.INVALID, "SET takes NX or XX here, not '" + shown(text(word)) + "'");
          };
    }
    return calls
        .write(RequestId.NONE, condition, List.of(new Change.Put(key, words.get(2))))
        .thenApply(
            result ->
                result.outcome() == Outcome.APPLIED
                    ? simple("OK")
                    : FullBulkStringRedisMessage.NULL_INSTANCE);
  }

  private static Condition both(Condition before, Condition next) {
    if (!(before instanceof Condition.Always)) {
      throw new KvException(Kind.INVALID, "SET takes one of NX and XX");
    }
    return next;
  }

  private CompletableFuture<RedisMessage> delete(String name, List<byte[]> words) {
    List<Change> changes = new ArrayList<>();
    rest(name, words).forEach(key -> changes.add(new Change.Remove(key)));
    return calls
        .write(RequestId.NONE, Condition.NONE, changes)
        .thenApply(result -> new IntegerRedisMessage(result.removed()));
  }

  private CompletableFuture<RedisMessage> exists(String name, List<byte[]> words) {
    return calls.count(rest(name, words)).thenApply(IntegerRedisMessage::new);
  }

  private CompletableFuture<RedisMessage> scan(List<byte[]> words) {
    byte[] start = words.size() < 2 ? new byte[0] : words.get(1);
    int count = 10;
    byte @Nullable [] pattern = null;
    for (int i = 2; i < words.size(); i += 2) {
      if (i + 1 >= words.size()) {
        throw wrongNumber("SCAN");
      }
      switch (text(words.get(i)).toUpperCase(Locale.ROOT)) {
        case "MATCH" -> pattern = words.get(i + 1);
        case "COUNT" -> count = number(words.get(i + 1));
        default ->
            throw new KvException(
                Kind.INVALID,
                "SCAN takes MATCH and COUNT, not '" + shown(text(words.get(i))) + "'");
      }
    }
    byte @Nullable [] after = cursors.take(text(start));
    byte[] prefix = pattern == null ? new byte[0] : GlobPattern.prefix(pattern);
    int limit = Math.min(count, calls.limits().scanEntriesMax());
    byte @Nullable [] wanted = pattern;
    return calls
        .scan(new KvContent.Range(null, null, prefix, after), limit, false)
        .thenApply(page -> page(page, wanted));
  }

  private RedisMessage page(KvContent.Page page, byte @Nullable [] pattern) {
    List<RedisMessage> keys = new ArrayList<>();
    for (KvContent.Entry entry : page.entries()) {
      if (pattern == null || GlobPattern.matches(pattern, entry.key())) {
        keys.add(bulk(entry.key()));
      }
    }
    String next = page.more() ? cursors.keep(page.entries().getLast().key()) : "0";
    return new ArrayRedisMessage(
        List.of(bulk(next.getBytes(StandardCharsets.UTF_8)), new ArrayRedisMessage(keys)));
  }

  private static int number(byte[] word) {
    String text = text(word);
    if (!text.matches("[0-9]{1,9}") || Integer.parseInt(text) < 1) {
      throw new KvException(Kind.INVALID, "COUNT is a number from 1 on");
    }
    return Integer.parseInt(text);
  }

  private String info() {
    StringBuilder text = new StringBuilder("# Server\r\nredis_version:7.0.0\r\nplinth:1\r\n");
    text.append("# Replication\r\nrole:").append(replica.leads() ? "master" : "slave");
    text.append("\r\n# Plinth\r\n");
    figures
        .all()
        .forEach((name, value) -> text.append(name).append(':').append(value).append("\r\n"));
    return text.toString();
  }

  private static byte[] one(String name, List<byte[]> words) {
    if (words.size() != 2) {
      throw wrongNumber(name);
    }
    return words.get(1);
  }

  private static List<byte[]> rest(String name, List<byte[]> words) {
    if (words.size() < 2) {
      throw wrongNumber(name);
    }
    return words.subList(1, words.size());
  }

  private static KvException wrongNumber(String name) {
    return new KvException(
        Kind.INVALID,
        "wrong number of arguments for '" + name.toLowerCase(Locale.ROOT) + "' command");
  }

  private static RedisMessage error(Throwable failure) {
    Throwable cause = failure;
    while (cause instanceof CompletionException && cause.getCause() != null) {
      cause = cause.getCause();
    }
    if (!(cause instanceof KvException refusal)) {
      return failure(String.valueOf(cause));
    }
    String message = String.valueOf(refusal.getMessage());
    return switch (refusal.kind()) {
      case NOT_LEADER -> new ErrorRedisMessage("READONLY " + line(message));
      case OVERLOADED -> new ErrorRedisMessage("BUSY " + line(message));
      case UNAVAILABLE -> new ErrorRedisMessage("TRYAGAIN " + line(message));
      case UNKNOWN_OUTCOME -> new ErrorRedisMessage("UNKNOWN " + line(message));
      default -> failure(message);
    };
  }

  private static RedisMessage failure(String message) {
    return new ErrorRedisMessage("ERR " + line(message));
  }

  private static String line(String text) {
    return text.replaceAll("[\\r\\n]+", " ");
  }

  private static String shown(String text) {
    return text.substring(0, Math.min(40, text.length())).replaceAll("[^ -~]", "?");
  }

  private static RedisMessage simple(String text) {
    return new SimpleStringRedisMessage(text);
  }

  private static RedisMessage bulk(byte @Nullable [] value) {
    return value == null
        ? FullBulkStringRedisMessage.NULL_INSTANCE
        : new FullBulkStringRedisMessage(Unpooled.wrappedBuffer(value));
  }

  private static CompletableFuture<RedisMessage> done(RedisMessage message) {
    return CompletableFuture.completedFuture(message);
  }

  private static String text(byte[] word) {
    return new String(word, StandardCharsets.UTF_8);
  }
}
