package dev.plinth.kv.client;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import dev.plinth.kv.KvException;
import dev.plinth.kv.Member;
import dev.plinth.kv.proto.AddServerRequest;
import dev.plinth.kv.proto.BatchRequest;
import dev.plinth.kv.proto.BatchResponse;
import dev.plinth.kv.proto.Change;
import dev.plinth.kv.proto.CompareAndSetRequest;
import dev.plinth.kv.proto.CompareAndSetResponse;
import dev.plinth.kv.proto.DeleteRequest;
import dev.plinth.kv.proto.DigestRequest;
import dev.plinth.kv.proto.DigestResponse;
import dev.plinth.kv.proto.GetRequest;
import dev.plinth.kv.proto.GetResponse;
import dev.plinth.kv.proto.ListServersRequest;
import dev.plinth.kv.proto.ListServersResponse;
import dev.plinth.kv.proto.PutRequest;
import dev.plinth.kv.proto.ReadMode;
import dev.plinth.kv.proto.RemoveServerRequest;
import dev.plinth.kv.proto.ScanRequest;
import dev.plinth.kv.proto.ScanResponse;
import dev.plinth.kv.proto.Server;
import dev.plinth.kv.proto.SnapshotRequest;
import dev.plinth.kv.proto.StatsRequest;
import dev.plinth.kv.proto.StatsResponse;
import dev.plinth.kv.proto.TransferLeadershipRequest;
import dev.plinth.kv.rpc.KvMethods;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A client of a cluster. Writes take effect at most once, however often they must be sent: they
/// run in a session of the client's, which is opened with the first of them. Reads are linearizable
/// unless they are asked to be stale.
///
/// Any thread; calls block, at most the options' timeout. Failures are [KvException]; of a write
/// that ends with UNKNOWN_OUTCOME nobody can say whether it took or takes effect.
public final class KvClient implements AutoCloseable {
  private final Connections connections;
  private final Attempts attempts;
  private final Session session;

  private KvClient(ClientOptions options) {
    this.connections = new Connections(options);
    this.attempts = new Attempts(connections, options);
    this.session = new Session(attempts);
  }

  /// A client; it connects with its first call.
  public static KvClient of(ClientOptions options) {
    return new KvClient(options);
  }

  /// Gives a key a value.
  ///
  /// @return the index of the write in the Raft log
  public long put(byte[] key, byte[] value) {
    PutRequest request = PutRequest.newBuilder().setKey(wrap(key)).setValue(wrap(value)).build();
    return session.write(KvMethods.PUT, id -> request.toBuilder().setId(id).build()).getIndex();
  }

  /// Reads a key; null when it is not there.
  public byte @Nullable [] get(byte[] key) {
    return get(key, ReadMode.LINEARIZABLE);
  }

  /// Reads a key as the server that is asked has it, however old that is.
  public byte @Nullable [] getStale(byte[] key) {
    return get(key, ReadMode.STALE);
  }

  private byte @Nullable [] get(byte[] key, ReadMode mode) {
    GetRequest request = GetRequest.newBuilder().setKey(wrap(key)).setMode(mode).build();
    GetResponse response = attempts.read(KvMethods.GET, request);
    return response.getFound() ? response.getValue().toByteArray() : null;
  }

  /// Removes a key.
  ///
  /// @return whether it was there
  public boolean delete(byte[] key) {
    DeleteRequest request = DeleteRequest.newBuilder().setKey(wrap(key)).build();
    return session.write(KvMethods.DELETE, id -> request.toBuilder().setId(id).build()).getFound();
  }

  /// Reads one page; go on with the `next` of the answer.
  public ScanResponse scan(ScanRequest request) {
    return attempts.read(KvMethods.SCAN, request);
  }

  /// Gives a key a value, or removes it, if its value is the one expected.
  ///
  /// @param expected null when the key is expected not to be there
  /// @param value null to remove the key
  public CompareAndSetResponse compareAndSet(
      byte[] key, byte @Nullable [] expected, byte @Nullable [] value) {
    CompareAndSetRequest.Builder request = CompareAndSetRequest.newBuilder().setKey(wrap(key));
    if (expected == null) {
      request.setExpectAbsent(true);
    } else {
      request.setExpected(wrap(expected));
    }
    if (value == null) {
      request.setRemove(true);
    } else {
      request.setValue(wrap(value));
    }
    return session.write(KvMethods.COMPARE_AND_SET, id -> request.setId(id).build());
  }

  /// Applies changes in one step.
  public BatchResponse batch(List<Change> changes) {
    BatchRequest request = BatchRequest.newBuilder().addAllChanges(changes).build();
    return session.write(KvMethods.BATCH, id -> request.toBuilder().setId(id).build());
  }

  /// Adds a running server.
  ///
  /// @param learner whether it has no vote
  public void addServer(Member member, boolean learner) {
    Server server =
        Server.newBuilder()
            .setId(member.id())
            .setRaftAddress(member.raftAddress())
            .setAddress(member.address())
            .setRole(learner ? "learner" : "follower")
            .build();
    attempts.change(KvMethods.ADD_SERVER, AddServerRequest.newBuilder().setServer(server).build());
  }

  /// Takes a server out.
  public void removeServer(String id) {
    attempts.change(KvMethods.REMOVE_SERVER, RemoveServerRequest.newBuilder().setId(id).build());
  }

  /// The members and their roles.
  public ListServersResponse listServers() {
    return attempts.askLeader(KvMethods.LIST_SERVERS, ListServersRequest.getDefaultInstance());
  }

  /// Hands leadership over.
  ///
  /// @param id to whom; null for any voter
  public void transferLeadership(@Nullable String id) {
    attempts.change(
        KvMethods.TRANSFER_LEADERSHIP,
        TransferLeadershipRequest.newBuilder().setId(id == null ? "" : id).build());
  }

  /// Makes a snapshot on the first server of the options.
  ///
  /// @return the index that it covers
  public long snapshot() {
    return attempts.askFirst(KvMethods.SNAPSHOT, SnapshotRequest.getDefaultInstance()).getIndex();
  }

  /// The figures of the first server of the options.
  public StatsResponse stats(boolean prometheus) {
    return attempts.askFirst(
        KvMethods.STATS, StatsRequest.newBuilder().setPrometheus(prometheus).build());
  }

  /// The digest of what the first server of the options has.
  ///
  /// @param atLeast waits until this index is applied there
  public DigestResponse digest(long atLeast) {
    return attempts.askFirst(
        KvMethods.DIGEST, DigestRequest.newBuilder().setAtLeast(atLeast).build());
  }

  private static ByteString wrap(byte[] bytes) {
    return UnsafeByteOperations.unsafeWrap(bytes);
  }

  /// Closes the connections. The session is left to be pushed out by newer ones.
  @Override
  public void close() {
    connections.close();
  }
}
