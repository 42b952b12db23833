package dev.plinth.kv.rpc;

import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.Descriptors.ServiceDescriptor;
import com.google.protobuf.Message;
import dev.plinth.kv.proto.AddServerRequest;
import dev.plinth.kv.proto.AddServerResponse;
import dev.plinth.kv.proto.BatchRequest;
import dev.plinth.kv.proto.BatchResponse;
import dev.plinth.kv.proto.CloseSessionRequest;
import dev.plinth.kv.proto.CloseSessionResponse;
import dev.plinth.kv.proto.CompareAndSetRequest;
import dev.plinth.kv.proto.CompareAndSetResponse;
import dev.plinth.kv.proto.DeleteRequest;
import dev.plinth.kv.proto.DeleteResponse;
import dev.plinth.kv.proto.DigestRequest;
import dev.plinth.kv.proto.DigestResponse;
import dev.plinth.kv.proto.GetRequest;
import dev.plinth.kv.proto.GetResponse;
import dev.plinth.kv.proto.Kv;
import dev.plinth.kv.proto.ListServersRequest;
import dev.plinth.kv.proto.ListServersResponse;
import dev.plinth.kv.proto.OpenSessionRequest;
import dev.plinth.kv.proto.OpenSessionResponse;
import dev.plinth.kv.proto.PutRequest;
import dev.plinth.kv.proto.PutResponse;
import dev.plinth.kv.proto.RemoveServerRequest;
import dev.plinth.kv.proto.RemoveServerResponse;
import dev.plinth.kv.proto.ScanRequest;
import dev.plinth.kv.proto.ScanResponse;
import dev.plinth.kv.proto.SnapshotRequest;
import dev.plinth.kv.proto.SnapshotResponse;
import dev.plinth.kv.proto.StatsRequest;
import dev.plinth.kv.proto.StatsResponse;
import dev.plinth.kv.proto.TransferLeadershipRequest;
import dev.plinth.kv.proto.TransferLeadershipResponse;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.protobuf.ProtoServiceDescriptorSupplier;
import io.grpc.protobuf.ProtoUtils;

/// The methods of the service in `kv.proto`, as gRPC knows them, for servers and clients.
public final class KvMethods {
  /// The full name of the service.
  public static final String SERVICE = "dev.plinth.kv.v1.KeyValue";

  /// The token of a caller: `Bearer TOKEN`.
  public static final Metadata.Key<String> AUTHORIZATION = key("authorization");

  /// The cluster that a caller means.
  public static final Metadata.Key<String> CLUSTER = key("plinth-cluster");

  /// In trailers: the client address of the leader.
  public static final Metadata.Key<String> LEADER = key("plinth-leader");

  /// In trailers: the kind of a [dev.plinth.kv.KvException], lower case with hyphens.
  public static final Metadata.Key<String> REASON = key("plinth-reason");

  public static final MethodDescriptor<PutRequest, PutResponse> PUT =
      unary("Put", PutRequest.getDefaultInstance(), PutResponse.getDefaultInstance());
  public static final MethodDescriptor<GetRequest, GetResponse> GET =
      unary("Get", GetRequest.getDefaultInstance(), GetResponse.getDefaultInstance());
  public static final MethodDescriptor<DeleteRequest, DeleteResponse> DELETE =
      unary("Delete", DeleteRequest.getDefaultInstance(), DeleteResponse.getDefaultInstance());
  public static final MethodDescriptor<ScanRequest, ScanResponse> SCAN =
      unary("Scan", ScanRequest.getDefaultInstance(), ScanResponse.getDefaultInstance());
  public static final MethodDescriptor<CompareAndSetRequest, CompareAndSetResponse>
      COMPARE_AND_SET =
          unary(
              "CompareAndSet",
              CompareAndSetRequest.getDefaultInstance(),
              CompareAndSetResponse.getDefaultInstance());
  public static final MethodDescriptor<BatchRequest, BatchResponse> BATCH =
      unary("Batch", BatchRequest.getDefaultInstance(), BatchResponse.getDefaultInstance());
  public static final MethodDescriptor<OpenSessionRequest, OpenSessionResponse> OPEN_SESSION =
      unary(
          "OpenSession",
          OpenSessionRequest.getDefaultInstance(),
          OpenSessionResponse.getDefaultInstance());
  public static final MethodDescriptor<CloseSessionRequest, CloseSessionResponse> CLOSE_SESSION =
      unary(
          "CloseSession",
          CloseSessionRequest.getDefaultInstance(),
          CloseSessionResponse.getDefaultInstance());
  public static final MethodDescriptor<AddServerRequest, AddServerResponse> ADD_SERVER =
      unary(
          "AddServer",
          AddServerRequest.getDefaultInstance(),
          AddServerResponse.getDefaultInstance());
  public static final MethodDescriptor<RemoveServerRequest, RemoveServerResponse> REMOVE_SERVER =
      unary(
          "RemoveServer",
          RemoveServerRequest.getDefaultInstance(),
          RemoveServerResponse.getDefaultInstance());
  public static final MethodDescriptor<ListServersRequest, ListServersResponse> LIST_SERVERS =
      unary(
          "ListServers",
          ListServersRequest.getDefaultInstance(),
          ListServersResponse.getDefaultInstance());
  public static final MethodDescriptor<TransferLeadershipRequest, TransferLeadershipResponse>
      TRANSFER_LEADERSHIP =
          unary(
              "TransferLeadership",
              TransferLeadershipRequest.getDefaultInstance(),
              TransferLeadershipResponse.getDefaultInstance());
  public static final MethodDescriptor<SnapshotRequest, SnapshotResponse> SNAPSHOT =
      unary(
          "Snapshot", SnapshotRequest.getDefaultInstance(), SnapshotResponse.getDefaultInstance());
  public static final MethodDescriptor<StatsRequest, StatsResponse> STATS =
      unary("Stats", StatsRequest.getDefaultInstance(), StatsResponse.getDefaultInstance());
  public static final MethodDescriptor<DigestRequest, DigestResponse> DIGEST =
      unary("Digest", DigestRequest.getDefaultInstance(), DigestResponse.getDefaultInstance());

  private KvMethods() {}

  /// What reflection tells of the service.
  static ProtoServiceDescriptorSupplier schema() {
    return new Schema();
  }

  private static <Q extends Message, A extends Message> MethodDescriptor<Q, A> unary(
      String name, Q request, A response) {
    return MethodDescriptor.<Q, A>newBuilder()
        .setType(MethodType.UNARY)
        .setFullMethodName(MethodDescriptor.generateFullMethodName(SERVICE, name))
        .setSampledToLocalTracing(false)
        .setRequestMarshaller(ProtoUtils.marshaller(request))
        .setResponseMarshaller(ProtoUtils.marshaller(response))
        .build();
  }

  private static Metadata.Key<String> key(String name) {
    return Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER);
  }

  private static final class Schema implements ProtoServiceDescriptorSupplier {
    @Override
    public FileDescriptor getFileDescriptor() {
      return Kv.getDescriptor();
    }

    @Override
    public ServiceDescriptor getServiceDescriptor() {
      return Kv.getDescriptor().findServiceByName("KeyValue");
    }
  }
}
