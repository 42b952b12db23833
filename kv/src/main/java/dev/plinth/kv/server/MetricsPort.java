package dev.plinth.kv.server;

import dev.plinth.kv.Member;
import dev.plinth.kv.rpc.Figures;
import dev.plinth.kv.rpc.LimitedServerChannel;
import dev.plinth.spi.StorageException;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.timeout.ReadTimeoutHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/// Serves the figures to Prometheus at `/metrics`, one answer a connection. Whoever does not ask in
/// ten seconds is sent away; nobody waits for another's slowness.
final class MetricsPort implements AutoCloseable {
  private static final int LINE_BYTES_MAX = 1024;
  private static final int HEADER_BYTES_MAX = 16 << 10;
  private static final int CHUNK_BYTES_MAX = 8 << 10;
  private static final int PATIENCE_SECONDS = 10;

  private final EventLoopGroup group;
  private final Channel channel;

  private MetricsPort(EventLoopGroup group, Channel channel) {
    this.group = group;
    this.channel = channel;
  }

  /// Listens.
  ///
  /// @param address null for nowhere
  /// @param connectionsMax more connections are closed at once
  /// @throws StorageException.InvalidConfiguration when it cannot listen there
  static @Nullable MetricsPort open(@Nullable String address, int connectionsMax, Figures figures) {
    if (address == null) {
      return null;
    }
    AtomicInteger connections = new AtomicInteger();
    EventLoopGroup group =
        new MultiThreadIoEventLoopGroup(
            1, new DefaultThreadFactory("plinth-kv-metrics", true), NioIoHandler.newFactory());
    ServerBootstrap bootstrap =
        new ServerBootstrap()
            .group(group)
            .channelFactory(() -> new LimitedServerChannel(connectionsMax, connections))
            .childHandler(
                new ChannelInitializer<SocketChannel>() {
                  @Override
                  protected void initChannel(SocketChannel connection) {
                    connection
                        .pipeline()
                        .addLast(new ReadTimeoutHandler(PATIENCE_SECONDS))
                        .addLast(
                            new HttpServerCodec(LINE_BYTES_MAX, HEADER_BYTES_MAX, CHUNK_BYTES_MAX))
                        .addLast(new Answer(figures));
                  }
                });
    try {
      InetSocketAddress socket = new InetSocketAddress(Member.host(address), Member.port(address));
      return new MetricsPort(group, bootstrap.bind(socket).sync().channel());
    } catch (InterruptedException e) {
      var _ = group.shutdownGracefully();
      Thread.currentThread().interrupt();
      throw new StorageException.Io("interrupted while opening " + address, e);
    } catch (Exception e) {
      // Netty throws what the bind has failed with, checked or not.
      var _ = group.shutdownGracefully();
      throw new StorageException.InvalidConfiguration(
          "metrics.address = " + address + ": cannot listen there: " + e.getMessage());
    }
  }

  /// Answers the first request of a connection and closes it.
  private static final class Answer extends SimpleChannelInboundHandler<HttpObject> {
    private final Figures figures;
    private boolean answered;

    Answer(Figures figures) {
      this.figures = figures;
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, HttpObject part) {
      if (answered || !(part instanceof HttpRequest request)) {
        return;
      }
      answered = true;
      context.writeAndFlush(answer(request)).addListener(ChannelFutureListener.CLOSE);
    }

    private FullHttpResponse answer(HttpRequest request) {
      if (request.decoderResult().isFailure()) {
        return response(HttpResponseStatus.BAD_REQUEST, "this is no request\n");
      }
      boolean found =
          request.method().equals(HttpMethod.GET)
              && request.uri().split("\\?", 2)[0].equals("/metrics");
      return found
          ? response(HttpResponseStatus.OK, figures.prometheus())
          : response(HttpResponseStatus.NOT_FOUND, "GET /metrics is all there is\n");
    }

    private static FullHttpResponse response(HttpResponseStatus status, String text) {
      byte[] body = text.getBytes(StandardCharsets.UTF_8);
      FullHttpResponse response =
          new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, status, Unpooled.wrappedBuffer(body));
      response
          .headers()
          .set(HttpHeaderNames.CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")
          .set(HttpHeaderNames.CONTENT_LENGTH, body.length)
          .set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
      return response;
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      // Too slow, or broken: there is nobody to tell.
      var _ = context.close();
    }
  }

  int port() {
    return ((InetSocketAddress) channel.localAddress()).getPort();
  }

  @Override
  public void close() {
    channel.close().awaitUninterruptibly(2, TimeUnit.SECONDS);
    group.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly(3, TimeUnit.SECONDS);
  }
}
