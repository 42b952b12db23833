package dev.plinth.kv.rpc;

import dev.plinth.kv.KvException;
import dev.plinth.kv.KvException.Kind;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.Marshaller;
import io.grpc.ServerMethodDefinition;
import io.grpc.ServerServiceDefinition;
import io.grpc.ServiceDescriptor;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Gathers the service's calls. A request that is no message of its kind is refused as any other
/// wrong request is; gRPC alone would write a stack trace for each.
final class ServiceBuilder {
  private final List<ServerMethodDefinition<?, ?>> methods = new ArrayList<>();

  /// A request, or why it is none.
  private record Received<Q>(@Nullable Q request, @Nullable String trouble) {}

  /// Adds a call that is answered by a future.
  <Q, A> void add(MethodDescriptor<Q, A> method, Function<Q, CompletableFuture<A>> answer) {
    MethodDescriptor<Received<Q>, A> lenient =
        method.<Received<Q>, A>toBuilder(
                new Lenient<>(method.getRequestMarshaller()), method.getResponseMarshaller())
            .build();
    methods.add(
        ServerMethodDefinition.create(
            lenient,
            ServerCalls.asyncUnaryCall(
                (Received<Q> received, StreamObserver<A> observer) ->
                    answer(received, answer, observer))));
  }

  private static <Q, A> void answer(
      Received<Q> received, Function<Q, CompletableFuture<A>> answer, StreamObserver<A> observer) {
    CompletableFuture<A> future;
    try {
      Q request = received.request;
      if (request == null) {
        throw new KvException(Kind.INVALID, "the request is no message: " + received.trouble);
      }
      future = answer.apply(request);
    } catch (RuntimeException e) {
      observer.onError(Statuses.of(e));
      return;
    }
    var _ = future.whenComplete((result, failure) -> tell(observer, result, failure));
  }

  private static <A> void tell(
      StreamObserver<A> observer, @Nullable A result, @Nullable Throwable failure) {
    try {
      if (failure != null || result == null) {
        observer.onError(
            Statuses.of(failure == null ? new IllegalStateException("no answer") : failure));
      } else {
        observer.onNext(result);
        observer.onCompleted();
      }
    } catch (RuntimeException e) {
      // The caller has gone, or the call was cancelled: nobody is there to be told.
      System.getLogger("dev.plinth.kv").log(System.Logger.Level.TRACE, "not told: " + e);
    }
  }

  /// The service with the schema that reflection shows.
  ServerServiceDefinition build() {
    ServiceDescriptor.Builder descriptor =
        ServiceDescriptor.newBuilder(KvMethods.SERVICE).setSchemaDescriptor(KvMethods.schema());
    methods.forEach(method -> descriptor.addMethod(method.getMethodDescriptor()));
    ServerServiceDefinition.Builder service = ServerServiceDefinition.builder(descriptor.build());
    methods.forEach(service::addMethod);
    return service.build();
  }

  /// Reads a request, or why it cannot be read.
  private record Lenient<Q>(Marshaller<Q> marshaller) implements Marshaller<Received<Q>> {
    @Override
    public InputStream stream(Received<Q> received) {
      throw new UnsupportedOperationException("a server writes no requests");
    }

    @Override
    public Received<Q> parse(InputStream stream) {
      try {
        return new Received<>(marshaller.parse(stream), null);
      } catch (StatusRuntimeException e) {
        Throwable cause = e.getCause();
        return new Received<>(
            null, String.valueOf(cause == null ? e.getMessage() : cause.getMessage()));
      }
    }
  }
}
