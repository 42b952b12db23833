package dev.plinth.kv.rpc;

import io.netty.channel.Channel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/// A listening socket that accepts so many connections and closes those above at once. Its event
/// loop's.
public final class LimitedServerChannel extends NioServerSocketChannel {
  private final int connectionsMax;
  private final AtomicInteger connections;

  /// @param connectionsMax the most connections
  /// @param connections counts them; of this socket alone
  public LimitedServerChannel(int connectionsMax, AtomicInteger connections) {
    this.connectionsMax = connectionsMax;
    this.connections = connections;
  }

  @Override
  protected int doReadMessages(List<Object> accepted) throws Exception {
    int found = super.doReadMessages(accepted);
    for (int i = accepted.size() - 1; i >= 0 && found > 0; i--, found--) {
      Channel channel = (Channel) accepted.get(i);
      if (connections.incrementAndGet() > connectionsMax) {
        connections.decrementAndGet();
        accepted.remove(i);
        channel.unsafe().closeForcibly();
      } else {
        channel.closeFuture().addListener(_ -> connections.decrementAndGet());
      }
    }
    return accepted.size();
  }
}
