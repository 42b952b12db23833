package dev.plinth.kv.resp;

import dev.plinth.kv.KvLimits;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.redis.ArrayHeaderRedisMessage;
import io.netty.handler.codec.redis.BulkStringHeaderRedisMessage;
import io.netty.handler.codec.redis.BulkStringRedisContent;
import io.netty.handler.codec.redis.ErrorRedisMessage;
import io.netty.handler.codec.redis.FullBulkStringRedisMessage;
import io.netty.util.ReferenceCountUtil;
import org.jspecify.annotations.Nullable;

/// Ends a connection that announces more than a request may have, before any of it is gathered. One
/// connection's, on its event loop.
final class RespLimits extends ChannelInboundHandlerAdapter {
  static final int WORDS_MAX = 16 << 10;

  private final KvLimits limits;
  private long wordsLeft;
  private long requestBytes;
  private boolean ended;

  RespLimits(KvLimits limits) {
    this.limits = limits;
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    if (ended) {
      ReferenceCountUtil.release(message);
      return;
    }
    @Nullable String trouble = trouble(message);
    if (trouble == null) {
      context.fireChannelRead(message);
      return;
    }
    ended = true;
    ReferenceCountUtil.release(message);
    context
        .channel()
        .writeAndFlush(new ErrorRedisMessage("ERR Protocol error: " + trouble))
        .addListener(ChannelFutureListener.CLOSE);
  }

  private @Nullable String counted() {
    wordsLeft = Math.max(0, wordsLeft - 1);
    return null;
  }

  private @Nullable String trouble(Object message) {
    return switch (message) {
      case ArrayHeaderRedisMessage array -> {
        if (wordsLeft > 0) {
          yield "an array within an array is no command";
        }
        if (array.length() > WORDS_MAX) {
          yield "a command of " + array.length() + " words; at most " + WORDS_MAX + " are taken";
        }
        wordsLeft = Math.max(0, array.length());
        requestBytes = 0;
        yield null;
      }
      case BulkStringHeaderRedisMessage bulk -> {
        wordsLeft = Math.max(0, wordsLeft - 1);
        requestBytes += Math.max(0, bulk.bulkStringLength());
        yield requestBytes > limits.requestBytesMax()
            ? "a request of "
                + requestBytes
                + " bytes; at most "
                + limits.requestBytesMax()
                + " are taken (request.bytes.max)"
            : null;
      }
      // An empty or null string comes whole; a piece of another one has been counted by its header.
      case FullBulkStringRedisMessage _ -> counted();
      case BulkStringRedisContent _ -> null;
      default -> counted();
    };
  }
}
