package dev.plinth.kv.chaos;

import com.alipay.sofa.jraft.ReplicatorGroup;
import com.alipay.sofa.jraft.error.RemotingException;
import com.alipay.sofa.jraft.option.RpcOptions;
import com.alipay.sofa.jraft.rpc.InvokeCallback;
import com.alipay.sofa.jraft.rpc.InvokeContext;
import com.alipay.sofa.jraft.rpc.RpcClient;
import com.alipay.sofa.jraft.rpc.impl.BoltRaftRpcFactory;
import com.alipay.sofa.jraft.util.Endpoint;
import com.alipay.sofa.jraft.util.SPI;
import java.util.HashMap;
import java.util.Map;

/// JRaft's own transport, which calls other addresses than it is told: so that a proxy can stand
/// between every two members. The system property `plinth.test.routes` has `FROM>TO,FROM>TO`;
/// without it nothing is changed.
@SPI(name = "routed", priority = 1000)
public final class RoutedRpcFactory extends BoltRaftRpcFactory {
  static final String ROUTES = "plinth.test.routes";

  @Override
  public RpcClient createRpcClient(ConfigHelper<RpcClient> helper) {
    RpcClient client = super.createRpcClient(helper);
    Map<Endpoint, Endpoint> routes = routes(System.getProperty(ROUTES, ""));
    return routes.isEmpty() ? client : new RoutedClient(client, routes);
  }

  private static Map<Endpoint, Endpoint> routes(String text) {
    Map<Endpoint, Endpoint> routes = new HashMap<>();
    for (String route : text.split(",", -1)) {
      if (!route.isEmpty()) {
        String[] ends = route.split(">", 2);
        routes.put(endpoint(ends[0]), endpoint(ends[1]));
      }
    }
    return routes;
  }

  private static Endpoint endpoint(String address) {
    int colon = address.lastIndexOf(':');
    return new Endpoint(
        address.substring(0, colon), Integer.parseInt(address.substring(colon + 1)));
  }

  private record RoutedClient(RpcClient client, Map<Endpoint, Endpoint> routes)
      implements RpcClient {
    private Endpoint route(Endpoint endpoint) {
      return routes.getOrDefault(endpoint, endpoint);
    }

    @Override
    public boolean init(RpcOptions options) {
      return client.init(options);
    }

    @Override
    public void shutdown() {
      client.shutdown();
    }

    @Override
    public boolean checkConnection(Endpoint endpoint) {
      return client.checkConnection(route(endpoint));
    }

    @Override
    public boolean checkConnection(Endpoint endpoint, boolean create) {
      return client.checkConnection(route(endpoint), create);
    }

    @Override
    public void closeConnection(Endpoint endpoint) {
      client.closeConnection(route(endpoint));
    }

    @Override
    public void registerConnectEventListener(ReplicatorGroup group) {
      client.registerConnectEventListener(group);
    }

    @Override
    public Object invokeSync(
        Endpoint endpoint, Object request, InvokeContext context, long timeoutMillis)
        throws InterruptedException, RemotingException {
      return client.invokeSync(route(endpoint), request, context, timeoutMillis);
    }

    @Override
    public void invokeAsync(
        Endpoint endpoint,
        Object request,
        InvokeContext context,
        InvokeCallback callback,
        long timeoutMillis)
        throws InterruptedException, RemotingException {
      client.invokeAsync(route(endpoint), request, context, callback, timeoutMillis);
    }
  }
}
