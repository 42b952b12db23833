package dev.plinth.kv.rpc;

import dev.plinth.kv.KvOptions;
import dev.plinth.kv.Member;
import dev.plinth.kv.replica.KvCalls;
import dev.plinth.kv.replica.Replica;
import dev.plinth.spi.StorageException;
import io.grpc.BindableService;
import io.grpc.Server;
import io.grpc.ServerInterceptors;
import io.grpc.ServerServiceDefinition;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.services.HealthStatusManager;
import io.grpc.protobuf.services.ProtoReflectionService;
import io.grpc.protobuf.services.ProtoReflectionServiceV1;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.File;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/// The port where clients come by gRPC: the service, health, reflection; limits, TLS and token as
/// the options say.
public final class GrpcPort implements AutoCloseable {
  private static final int THREADS = 2;
  private static final int HEADER_BYTES_MAX = 16 << 10;
  private static final int CALLS_PER_CONNECTION_MAX = 1024;
  private static final int FRAME_ROOM_BYTES = 64 << 10;

  private final Server server;
  private final HealthStatusManager health;
  private final EventLoopGroup acceptors;
  private final EventLoopGroup workers;

  private GrpcPort(
      Server server, HealthStatusManager health, EventLoopGroup acceptors, EventLoopGroup workers) {
    this.server = server;
    this.health = health;
    this.acceptors = acceptors;
    this.workers = workers;
  }

  /// Listens.
  ///
  /// @param token what callers must show; null for nothing
  /// @param blocking runs calls that may take seconds
  /// @throws StorageException.InvalidConfiguration when it cannot listen there, or the files of TLS
  ///   are not what they should be
  public static GrpcPort open(
      Replica replica, KvCalls calls, Figures figures, @Nullable String token, Executor blocking) {
    KvOptions options = replica.options();
    HealthStatusManager health = new HealthStatusManager();
    AtomicInteger connections = new AtomicInteger();
    EventLoopGroup acceptors = group("plinth-kv-accept", 1);
    EventLoopGroup workers = group("plinth-kv-grpc", THREADS);
    figures.add("grpc_connections", connections::get);
    try {
      ServiceBuilder service = new ServiceBuilder();
      new KvService(calls).addTo(service);
      new ClusterService(replica, figures, blocking).addTo(service);
      int connectionsMax = options.limits().connectionsMax();
      NettyServerBuilder builder =
          NettyServerBuilder.forAddress(socket(options.listen()))
              .channelFactory(() -> new LimitedServerChannel(connectionsMax, connections))
              .bossEventLoopGroup(acceptors)
              .workerEventLoopGroup(workers)
              .directExecutor()
              .maxInboundMessageSize(options.limits().requestBytesMax() + FRAME_ROOM_BYTES)
              .maxInboundMetadataSize(HEADER_BYTES_MAX)
              .maxConcurrentCallsPerConnection(CALLS_PER_CONNECTION_MAX)
              .maxConnectionIdle(10, TimeUnit.MINUTES)
              .keepAliveTime(1, TimeUnit.MINUTES)
              .permitKeepAliveTime(5, TimeUnit.SECONDS)
              .permitKeepAliveWithoutCalls(true)
              .addService(
                  ServerInterceptors.intercept(
                      service.build(), new Guard(token, options.cluster())))
              .addService(health.getHealthService())
              .addService(guarded(ProtoReflectionServiceV1.newInstance(), token, options))
              .addService(guarded(reflectionOfOldClients(), token, options));
      SslContext tls = tls(options.security());
      if (tls != null) {
        builder.sslContext(tls);
      }
      tell(health, ServingStatus.SERVING);
      replica.roles().whenFailed(() -> tell(health, ServingStatus.NOT_SERVING));
      return new GrpcPort(builder.build().start(), health, acceptors, workers);
    } catch (IOException e) {
      stop(acceptors, workers);
      Throwable cause = e.getCause() == null ? e : e.getCause();
      throw new StorageException.InvalidConfiguration(
          "listen = "
              + options.listen()
              + ": cannot listen there: "
              + cause.getMessage()
              + "; end who does, or name another port");
    } catch (RuntimeException e) {
      stop(acceptors, workers);
      throw e;
    }
  }

  private static void tell(HealthStatusManager health, ServingStatus status) {
    health.setStatus("", status);
    health.setStatus(KvMethods.SERVICE, status);
  }

  private static EventLoopGroup group(String name, int threads) {
    return new MultiThreadIoEventLoopGroup(
        threads, new DefaultThreadFactory(name, true), NioIoHandler.newFactory());
  }

  private static InetSocketAddress socket(String address) {
    return new InetSocketAddress(Member.host(address), Member.port(address));
  }

  /// What the files of the options make; null without TLS. Java's own TLS: nothing native.
  public static @Nullable SslContext tls(KvOptions.Security security) {
    @Nullable String certificate = security.certificate();
    @Nullable String key = security.key();
    if (certificate == null || key == null) {
      return null;
    }
    try {
      return GrpcSslContexts.configure(
              SslContextBuilder.forServer(new File(certificate), new File(key)), SslProvider.JDK)
          .build();
    } catch (SSLException | IllegalArgumentException e) {
      throw new StorageException.InvalidConfiguration(
          "tls.certificate = "
              + certificate
              + ", tls.key = "
              + key
              + ": a certificate chain and an unencrypted PKCS 8 key in PEM are expected: "
              + (e.getCause() == null ? e.getMessage() : e.getCause().getMessage()));
    }
  }

  private static ServerServiceDefinition guarded(
      BindableService service, @Nullable String token, KvOptions options) {
    return ServerInterceptors.intercept(service, new Guard(token, options.cluster()));
  }

  /// The name that reflection had before it was stable, which grpc_cli and others still ask for.
  @SuppressWarnings("deprecation")
  private static BindableService reflectionOfOldClients() {
    return ProtoReflectionService.newInstance();
  }

  /// Where it listens, which port 0 in the options leaves open.
  public int port() {
    return server.getPort();
  }

  /// Lets calls under way end, for a while, and takes no new ones.
  @Override
  public void close() {
    health.enterTerminalState();
    server.shutdown();
    try {
      if (!server.awaitTermination(2, TimeUnit.SECONDS)) {
        server.shutdownNow();
        server.awaitTermination(5, TimeUnit.SECONDS);
      }
    } catch (InterruptedException e) {
      server.shutdownNow();
      Thread.currentThread().interrupt();
    }
    stop(acceptors, workers);
  }

  private static void stop(EventLoopGroup acceptors, EventLoopGroup workers) {
    acceptors.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly(3, TimeUnit.SECONDS);
    workers.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly(3, TimeUnit.SECONDS);
  }
}
