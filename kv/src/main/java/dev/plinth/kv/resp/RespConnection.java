package dev.plinth.kv.resp;

import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.CodecException;
import io.netty.handler.codec.redis.ArrayRedisMessage;
import io.netty.handler.codec.redis.ErrorRedisMessage;
import io.netty.handler.codec.redis.FullBulkStringRedisMessage;
import io.netty.handler.codec.redis.InlineCommandRedisMessage;
import io.netty.handler.codec.redis.RedisMessage;
import io.netty.handler.codec.redis.SimpleStringRedisMessage;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/// One client of Redis: reads its commands and answers them in their order, however their futures
/// complete. On its event loop.
///
/// A command is begun only while few are unanswered and the client takes its answers; until then
/// nothing more is read from it. So what a client can make a node keep is bounded, also when it
/// never reads.
final class RespConnection extends SimpleChannelInboundHandler<RedisMessage> {
  static final int UNANSWERED_MAX = 128;

  private final RespCommands commands;
  private final @Nullable String token;
  private final Queue<CompletableFuture<RedisMessage>> unanswered = new ArrayDeque<>();

  /// What was read with the last bytes and is not begun yet.
  private final Queue<List<byte[]>> waiting = new ArrayDeque<>();

  private boolean known;
  private boolean closing;

  RespConnection(RespCommands commands, @Nullable String token) {
    this.commands = commands;
    this.token = token;
    this.known = token == null;
  }

  @Override
  protected void channelRead0(ChannelHandlerContext context, RedisMessage message) {
    if (closing) {
      return;
    }
    @Nullable List<byte[]> words = words(message);
    if (words == null) {
      fail(context, "a command is an array of bulk strings");
      return;
    }
    if (words.isEmpty()) {
      return;
    }
    waiting.add(words);
    proceed(context);
  }

  /// Begins what may be begun, and reads on when nothing waits.
  private void proceed(ChannelHandlerContext context) {
    while (!closing && !waiting.isEmpty() && isReady(context)) {
      CompletableFuture<RedisMessage> answer = answer(waiting.remove());
      unanswered.add(answer);
      var _ = answer.whenComplete((_, _) -> context.executor().execute(() -> flush(context)));
    }
    context.channel().config().setAutoRead(closing || (waiting.isEmpty() && isReady(context)));
  }

  private boolean isReady(ChannelHandlerContext context) {
    return unanswered.size() < UNANSWERED_MAX && context.channel().isWritable();
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext context) {
    proceed(context);
    context.fireChannelWritabilityChanged();
  }

  private CompletableFuture<RedisMessage> answer(List<byte[]> words) {
    String name = text(words.getFirst()).toUpperCase(Locale.ROOT);
    if (name.equals("QUIT")) {
      closing = true;
      return CompletableFuture.completedFuture(new SimpleStringRedisMessage("OK"));
    }
    if (name.equals("AUTH")) {
      return CompletableFuture.completedFuture(authenticate(words));
    }
    if (!known) {
      return CompletableFuture.completedFuture(
          new ErrorRedisMessage("NOAUTH Authentication required: AUTH TOKEN"));
    }
    return commands.run(name, words);
  }

  private RedisMessage authenticate(List<byte[]> words) {
    if (token == null) {
      return new ErrorRedisMessage("ERR AUTH is not needed: this server has no token");
    }
    byte[] wanted = token.getBytes(StandardCharsets.UTF_8);
    if (words.size() < 2 || !MessageDigest.isEqual(wanted, words.getLast())) {
      return new ErrorRedisMessage("WRONGPASS the token is wrong");
    }
    known = true;
    return new SimpleStringRedisMessage("OK");
  }

  private void flush(ChannelHandlerContext context) {
    boolean wrote = false;
    CompletableFuture<RedisMessage> first = unanswered.peek();
    while (first != null && first.isDone()) {
      unanswered.remove();
      var _ = context.write(first.join());
      wrote = true;
      first = unanswered.peek();
    }
    if (wrote) {
      context.flush();
      proceed(context);
    }
    if (closing && unanswered.isEmpty()) {
      var _ = context.close();
    }
  }

  private static @Nullable List<byte[]> words(RedisMessage message) {
    List<byte[]> words = new ArrayList<>();
    switch (message) {
      case InlineCommandRedisMessage inline -> {
        for (String word : inline.content().strip().split("\\s+", -1)) {
          if (!word.isEmpty()) {
            words.add(word.getBytes(StandardCharsets.UTF_8));
          }
        }
      }
      case ArrayRedisMessage array -> {
        if (array.isNull()) {
          return words;
        }
        for (RedisMessage child : array.children()) {
          if (!(child instanceof FullBulkStringRedisMessage bulk) || bulk.isNull()) {
            return null;
          }
          byte[] word = new byte[bulk.content().readableBytes()];
          bulk.content().getBytes(bulk.content().readerIndex(), word);
          words.add(word);
        }
      }
      default -> {
        return null;
      }
    }
    return words;
  }

  private void fail(ChannelHandlerContext context, String why) {
    closing = true;
    context
        .writeAndFlush(new ErrorRedisMessage("ERR Protocol error: " + why))
        .addListener(ChannelFutureListener.CLOSE);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    if (cause instanceof CodecException) {
      fail(context, String.valueOf(cause.getMessage()).replaceAll("[\\r\\n]+", " "));
    } else {
      // The connection is broken: there is nobody to tell.
      var _ = context.close();
    }
  }

  private static String text(byte[] word) {
    return new String(word, StandardCharsets.UTF_8);
  }
}
