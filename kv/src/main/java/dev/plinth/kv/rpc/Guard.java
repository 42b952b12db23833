package dev.plinth.kv.rpc;

import dev.plinth.kv.KvException;
import dev.plinth.kv.KvException.Kind;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.StatusRuntimeException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import org.jspecify.annotations.Nullable;

/// Turns away calls without the token, and calls that mean another cluster. Health checks pass.
final class Guard implements ServerInterceptor {
  private static final String BEARER = "Bearer ";

  private final @Nullable String token;
  private final String cluster;

  Guard(@Nullable String token, String cluster) {
    this.token = token;
    this.cluster = cluster;
  }

  @Override
  public <Q, A> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
    @Nullable KvException refusal = refusal(call, headers);
    if (refusal == null) {
      return next.startCall(call, headers);
    }
    StatusRuntimeException status = Statuses.of(refusal);
    Metadata trailers = status.getTrailers();
    call.close(status.getStatus(), trailers == null ? new Metadata() : trailers);
    return new ServerCall.Listener<>() {};
  }

  private @Nullable KvException refusal(ServerCall<?, ?> call, Metadata headers) {
    boolean health = call.getMethodDescriptor().getFullMethodName().startsWith("grpc.health.");
    if (token != null && !health && !matches(token, headers.get(KvMethods.AUTHORIZATION))) {
      return new KvException(
          Kind.UNAUTHENTICATED, "the token is missing or wrong; give the one of this cluster");
    }
    @Nullable String meant = headers.get(KvMethods.CLUSTER);
    if (meant != null && !meant.equals(cluster)) {
      return new KvException(
          Kind.WRONG_CLUSTER, "this is cluster '" + cluster + "', not '" + meant + "'");
    }
    return null;
  }

  /// Compares in a time that does not depend on where they differ.
  static boolean matches(String token, @Nullable String shown) {
    return shown != null
        && MessageDigest.isEqual(
            (BEARER + token).getBytes(StandardCharsets.UTF_8),
            shown.getBytes(StandardCharsets.UTF_8));
  }
}
