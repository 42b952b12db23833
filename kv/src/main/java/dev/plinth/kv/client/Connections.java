package dev.plinth.kv.client;

import dev.plinth.kv.KvException;
import dev.plinth.kv.KvException.Kind;
import dev.plinth.kv.Member;
import dev.plinth.kv.rpc.KvMethods;
import io.grpc.Channel;
import io.grpc.ClientInterceptors;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.MetadataUtils;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.File;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/// The connections of a client to the servers that it knows, each made when it is first used. Any
/// thread.
final class Connections implements AutoCloseable {
  private static final int MESSAGE_BYTES_MAX = 128 << 20;
  private static final int SERVERS_MAX = 64;

  private final ClientOptions options;
  private final EventLoopGroup group =
      new MultiThreadIoEventLoopGroup(
          1, new DefaultThreadFactory("plinth-kv-client", true), NioIoHandler.newFactory());
  private final Map<String, ManagedChannel> channels = new HashMap<>();
  private final List<String> servers;
  private int next;
  private @Nullable String leader;

  Connections(ClientOptions options) {
    this.options = options;
    this.servers = new ArrayList<>(options.servers());
  }

  /// The server that is asked next: the leader when it is known.
  synchronized String preferred() {
    return leader != null ? leader : servers.get(next % servers.size());
  }

  /// Any server, the same until it fails.
  synchronized String any() {
    return servers.get(next % servers.size());
  }

  /// A server has not answered, or does not lead.
  ///
  /// @param hint who leads, when it was told
  synchronized void passOver(String server, @Nullable String hint) {
    if (hint != null && !hint.equals(server)) {
      leader = hint;
      if (!servers.contains(hint) && servers.size() < SERVERS_MAX) {
        servers.add(hint);
      }
      return;
    }
    if (server.equals(leader)) {
      leader = null;
    }
    if (servers.get(next % servers.size()).equals(server)) {
      next = (next + 1) % servers.size();
    }
  }

  /// A server has answered as the leader.
  synchronized void leads(String server) {
    leader = server;
  }

  /// The channel to a server.
  synchronized Channel channel(String server) {
    ManagedChannel channel = channels.computeIfAbsent(server, this::connect);
    Metadata headers = new Metadata();
    String token = options.token();
    if (token != null) {
      headers.put(KvMethods.AUTHORIZATION, "Bearer " + token);
    }
    String cluster = options.cluster();
    if (cluster != null) {
      headers.put(KvMethods.CLUSTER, cluster);
    }
    return ClientInterceptors.intercept(
        channel, MetadataUtils.newAttachHeadersInterceptor(headers));
  }

  private ManagedChannel connect(String server) {
    NettyChannelBuilder builder =
        NettyChannelBuilder.forAddress(
                new InetSocketAddress(Member.host(server), Member.port(server)))
            .eventLoopGroup(group)
            .channelType(NioSocketChannel.class)
            .directExecutor()
            .disableRetry()
            .maxInboundMessageSize(MESSAGE_BYTES_MAX);
    if (!options.tls()) {
      return builder.usePlaintext().build();
    }
    try {
      SslContextBuilder tls =
          GrpcSslContexts.configure(SslContextBuilder.forClient(), SslProvider.JDK);
      String authority = options.authority();
      if (authority != null) {
        tls.trustManager(new File(authority));
      }
      return builder.overrideAuthority(server).sslContext(tls.build()).build();
    } catch (SSLException | IllegalArgumentException e) {
      throw new KvException(
          Kind.INVALID,
          "the certificates of " + options.authority() + " are not read: " + e,
          null,
          e);
    }
  }

  @Override
  public synchronized void close() {
    channels.values().forEach(ManagedChannel::shutdownNow);
    channels.clear();
    var _ = group.shutdownGracefully(0, 1, TimeUnit.SECONDS);
  }
}
