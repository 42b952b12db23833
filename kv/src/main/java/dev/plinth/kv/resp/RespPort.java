package dev.plinth.kv.resp;

import dev.plinth.kv.KvLimits;
import dev.plinth.kv.Member;
import dev.plinth.kv.replica.KvCalls;
import dev.plinth.kv.replica.Replica;
import dev.plinth.kv.rpc.Figures;
import dev.plinth.kv.rpc.LimitedServerChannel;
import dev.plinth.spi.StorageException;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.redis.FixedRedisMessagePool;
import io.netty.handler.codec.redis.RedisArrayAggregator;
import io.netty.handler.codec.redis.RedisBulkStringAggregator;
import io.netty.handler.codec.redis.RedisDecoder;
import io.netty.handler.codec.redis.RedisEncoder;
import io.netty.handler.ssl.SslContext;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/// Listens for clients of Redis.
public final class RespPort implements AutoCloseable {
  private static final int INLINE_BYTES_MAX = 64 << 10;

  private final EventLoopGroup group;
  private final Channel channel;

  private RespPort(EventLoopGroup group, Channel channel) {
    this.group = group;
    this.channel = channel;
  }

  /// Listens.
  ///
  /// @param token what clients must show with AUTH; null for nothing
  /// @param tls null for none
  /// @throws StorageException.InvalidConfiguration when it cannot listen there
  public static RespPort open(
      String address,
      Replica replica,
      KvCalls calls,
      Figures figures,
      @Nullable String token,
      @Nullable SslContext tls) {
    AtomicInteger connections = new AtomicInteger();
    figures.add("resp_connections", connections::get);
    KvLimits limits = calls.limits();
    EventLoopGroup group =
        new MultiThreadIoEventLoopGroup(
            2, new DefaultThreadFactory("plinth-kv-resp", true), NioIoHandler.newFactory());
    ServerBootstrap bootstrap =
        new ServerBootstrap()
            .group(group)
            .channelFactory(() -> new LimitedServerChannel(limits.connectionsMax(), connections))
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childHandler(
                new ChannelInitializer<SocketChannel>() {
                  @Override
                  protected void initChannel(SocketChannel connection) {
                    if (tls != null) {
                      connection.pipeline().addLast(tls.newHandler(connection.alloc()));
                    }
                    connection
                        .pipeline()
                        .addLast(
                            new RedisDecoder(
                                INLINE_BYTES_MAX, FixedRedisMessagePool.INSTANCE, true))
                        .addLast(new RespLimits(limits))
                        .addLast(new RedisBulkStringAggregator())
                        .addLast(new RedisArrayAggregator(RespLimits.WORDS_MAX, 4))
                        .addLast(new RedisEncoder())
                        .addLast(
                            new RespConnection(new RespCommands(calls, replica, figures), token));
                  }
                });
    try {
      InetSocketAddress socket = new InetSocketAddress(Member.host(address), Member.port(address));
      return new RespPort(group, bootstrap.bind(socket).sync().channel());
    } catch (InterruptedException e) {
      var _ = group.shutdownGracefully();
      Thread.currentThread().interrupt();
      throw new StorageException.Io("interrupted while opening " + address, e);
    } catch (Exception e) {
      // Netty throws what the bind has failed with, checked or not.
      var _ = group.shutdownGracefully();
      throw new StorageException.InvalidConfiguration(
          "resp.address = "
              + address
              + ": cannot listen there: "
              + e.getMessage()
              + "; end who does, or name another port");
    }
  }

  /// Where it listens.
  public int port() {
    return ((InetSocketAddress) channel.localAddress()).getPort();
  }

  @Override
  public void close() {
    channel.close().awaitUninterruptibly(2, TimeUnit.SECONDS);
    group.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly(3, TimeUnit.SECONDS);
  }
}
