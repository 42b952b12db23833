package dev.plinth.kv.rpc;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import dev.plinth.kv.KvException;
import dev.plinth.kv.KvException.Kind;
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
import dev.plinth.kv.proto.Entry;
import dev.plinth.kv.proto.GetRequest;
import dev.plinth.kv.proto.GetResponse;
import dev.plinth.kv.proto.OpenSessionResponse;
import dev.plinth.kv.proto.PutRequest;
import dev.plinth.kv.proto.PutResponse;
import dev.plinth.kv.proto.ReadMode;
import dev.plinth.kv.proto.ScanRequest;
import dev.plinth.kv.proto.ScanResponse;
import dev.plinth.kv.replica.KvCalls;
import dev.plinth.kv.state.Change;
import dev.plinth.kv.state.Condition;
import dev.plinth.kv.state.KvContent;
import dev.plinth.kv.state.RequestId;
import dev.plinth.kv.state.WriteResult;
import dev.plinth.kv.state.WriteResult.Outcome;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/// Answers calls on keys. Nothing here blocks: a call is checked, handed on, and answered when its
/// future completes.
final class KvService {
  private final KvCalls calls;

  KvService(KvCalls calls) {
    this.calls = calls;
  }

  /// Adds the calls on keys.
  void addTo(ServiceBuilder service) {
    service.add(KvMethods.PUT, this::put);
    service.add(KvMethods.GET, this::get);
    service.add(KvMethods.DELETE, this::delete);
    service.add(KvMethods.SCAN, this::scan);
    service.add(KvMethods.COMPARE_AND_SET, this::compareAndSet);
    service.add(KvMethods.BATCH, this::batch);
    service.add(
        KvMethods.OPEN_SESSION,
        _ ->
            calls
                .openSession()
                .thenApply(
                    session -> OpenSessionResponse.newBuilder().setSession(session).build()));
    service.add(KvMethods.CLOSE_SESSION, this::closeSession);
    service.add(KvMethods.DIGEST, this::digest);
  }

  private CompletableFuture<PutResponse> put(PutRequest request) {
    List<Change> changes =
        List.of(new Change.Put(bytes(request.getKey()), bytes(request.getValue())));
    return calls
        .write(id(request.hasId() ? request.getId() : null), Condition.NONE, changes)
        .thenApply(result -> PutResponse.newBuilder().setIndex(result.index()).build());
  }

  private CompletableFuture<GetResponse> get(GetRequest request) {
    return calls
        .get(bytes(request.getKey()), stale(request.getMode()))
        .thenApply(
            value -> {
              GetResponse.Builder response = GetResponse.newBuilder().setFound(value != null);
              if (value != null) {
                response.setValue(UnsafeByteOperations.unsafeWrap(value));
              }
              return response.build();
            });
  }

  private CompletableFuture<DeleteResponse> delete(DeleteRequest request) {
    List<Change> changes = List.of(new Change.Remove(bytes(request.getKey())));
    return calls
        .write(id(request.hasId() ? request.getId() : null), Condition.NONE, changes)
        .thenApply(
            result ->
                DeleteResponse.newBuilder()
                    .setFound(result.removed() > 0)
                    .setIndex(result.index())
                    .build());
  }

  private CompletableFuture<ScanResponse> scan(ScanRequest request) {
    KvContent.Range range =
        new KvContent.Range(
            optional(request.getFrom()),
            optional(request.getTo()),
            bytes(request.getPrefix()),
            optional(request.getAfter()));
    return calls
        .scan(range, request.getLimit(), stale(request.getMode()))
        .thenApply(
            page -> {
              ScanResponse.Builder response = ScanResponse.newBuilder().setMore(page.more());
              for (KvContent.Entry entry : page.entries()) {
                response.addEntries(
                    Entry.newBuilder()
                        .setKey(UnsafeByteOperations.unsafeWrap(entry.key()))
                        .setValue(UnsafeByteOperations.unsafeWrap(entry.value())));
              }
              if (page.more()) {
                response.setNext(UnsafeByteOperations.unsafeWrap(page.entries().getLast().key()));
              }
              return response.build();
            });
  }

  private CompletableFuture<CompareAndSetResponse> compareAndSet(CompareAndSetRequest request) {
    byte[] key = bytes(request.getKey());
    if (request.getExpectAbsent() && request.getExpectPresent()) {
      throw new KvException(
          Kind.INVALID, "a key cannot be expected to be absent and present at once");
    }
    Condition condition =
        request.getExpectAbsent()
            ? new Condition.Absent(key)
            : request.getExpectPresent()
                ? new Condition.Present(key)
                : new Condition.Equal(key, bytes(request.getExpected()));
    Change change =
        request.getRemove()
            ? new Change.Remove(key)
            : new Change.Put(key, bytes(request.getValue()));
    return calls
        .write(id(request.hasId() ? request.getId() : null), condition, List.of(change))
        .thenApply(KvService::answer);
  }

  private static CompareAndSetResponse answer(WriteResult result) {
    CompareAndSetResponse.Builder response =
        CompareAndSetResponse.newBuilder()
            .setApplied(result.outcome() == Outcome.APPLIED)
            .setCurrentKnown(result.currentKnown())
            .setIndex(result.index());
    byte[] current = result.current();
    if (current != null) {
      response.setFound(true).setCurrent(UnsafeByteOperations.unsafeWrap(current));
    }
    return response.build();
  }

  private CompletableFuture<BatchResponse> batch(BatchRequest request) {
    List<Change> changes = new ArrayList<>(request.getChangesCount());
    for (dev.plinth.kv.proto.Change change : request.getChangesList()) {
      byte[] key = bytes(change.getKey());
      switch (change.getKindCase()) {
        case PUT -> changes.add(new Change.Put(key, bytes(change.getPut())));
        case REMOVE -> changes.add(new Change.Remove(key));
        case KIND_NOT_SET ->
            throw new KvException(
                Kind.INVALID, "change " + (changes.size() + 1) + " neither puts nor removes");
      }
    }
    return calls
        .write(id(request.hasId() ? request.getId() : null), Condition.NONE, changes)
        .thenApply(
            result ->
                BatchResponse.newBuilder()
                    .setRemoved(result.removed())
                    .setIndex(result.index())
                    .build());
  }

  private CompletableFuture<CloseSessionResponse> closeSession(CloseSessionRequest request) {
    return calls
        .closeSession(request.getSession())
        .thenApply(_ -> CloseSessionResponse.getDefaultInstance());
  }

  private CompletableFuture<DigestResponse> digest(DigestRequest request) {
    return calls
        .digest(request.getAtLeast())
        .thenApply(
            digest ->
                DigestResponse.newBuilder()
                    .setDigest(digest.digest().toString())
                    .setIndex(digest.applied().index())
                    .setTerm(digest.applied().term())
                    .build());
  }

  private static RequestId id(dev.plinth.kv.proto.@Nullable RequestId id) {
    return id == null
        ? RequestId.NONE
        : new RequestId(id.getSession(), id.getNumber(), id.getAnsweredBelow());
  }

  private static boolean stale(ReadMode mode) {
    return mode == ReadMode.STALE;
  }

  private static byte[] bytes(ByteString text) {
    return text.toByteArray();
  }

  private static byte @Nullable [] optional(ByteString text) {
    return text.isEmpty() ? null : text.toByteArray();
  }
}
