package dev.plinth.raft.microraft;

import dev.plinth.spi.StorageException;
import io.microraft.MembershipChangeMode;
import io.microraft.RaftEndpoint;
import io.microraft.model.RaftModelFactory;
import io.microraft.model.groupop.UpdateRaftGroupMembersOp;
import io.microraft.model.log.LogEntry;
import io.microraft.model.log.RaftGroupMembersView;
import io.microraft.model.log.SnapshotChunk;
import io.microraft.model.persistence.RaftEndpointPersistentState;
import io.microraft.model.persistence.RaftTermPersistentState;
import io.microraft.persistence.RaftStoreSerializer;
import java.nio.charset.StandardCharsets;
import java.util.function.BiConsumer;
import java.util.function.Function;

/// MicroRaft's models as bytes, for groups whose commands and chunks of snapshots are `byte[]`; see
/// [ModelFormat]. Its bytes stay readable. Any thread.
///
/// Errors: [IllegalArgumentException] for a command or chunk of another type;
/// [StorageException.UnsupportedFormat] for bytes that it has not written.
public final class PlinthSerializer implements RaftStoreSerializer {
  private final RaftModelFactory models;
  private final Serializer<RaftEndpoint> endpoints;

  /// A serializer for members that are [NamedEndpoint]s.
  public PlinthSerializer(RaftModelFactory models) {
    this(
        models,
        of(
            (endpoint, out) -> {
              if (!(endpoint instanceof NamedEndpoint named)) {
                throw new IllegalArgumentException(
                    endpoint.getClass().getName() + " is no NamedEndpoint: give its serializer");
              }
              out.bytes(named.name().getBytes(StandardCharsets.UTF_8));
            },
            in -> new NamedEndpoint(new String(in.bytes(), StandardCharsets.UTF_8))));
  }

  /// @param endpoints writes and reads members
  public PlinthSerializer(RaftModelFactory models, Serializer<RaftEndpoint> endpoints) {
    this.models = models;
    this.endpoints = endpoints;
  }

  private static <T> Serializer<T> of(
      BiConsumer<T, ModelFormat.Writer> write, Function<ModelFormat.Reader, T> read) {
    return new Serializer<>() {
      @Override
      public byte[] serialize(T element) {
        ModelFormat.Writer out = new ModelFormat.Writer();
        write.accept(element, out);
        return out.toBytes();
      }

      @Override
      public T deserialize(byte[] element) {
        ModelFormat.Reader in = new ModelFormat.Reader(element);
        T read_ = read.apply(in);
        in.requireEnd();
        return read_;
      }
    };
  }

  @Override
  public Serializer<RaftEndpoint> raftEndpointSerializer() {
    return endpoints;
  }

  @Override
  public Serializer<RaftGroupMembersView> raftGroupMembersViewSerializer() {
    return of(this::putMembers, this::members);
  }

  private void putMembers(RaftGroupMembersView view, ModelFormat.Writer out) {
    out.whole(view.getLogIndex());
    out.endpoints(view.getMembers(), endpoints);
    out.endpoints(view.getVotingMembers(), endpoints);
  }

  private RaftGroupMembersView members(ModelFormat.Reader in) {
    return models
        .createRaftGroupMembersViewBuilder()
        .setLogIndex(in.whole())
        .setMembers(in.endpoints(endpoints))
        .setVotingMembers(in.endpoints(endpoints))
        .build();
  }

  @Override
  public Serializer<LogEntry> logEntrySerializer() {
    return of(
        (entry, out) -> {
          out.whole(entry.getIndex());
          out.whole(entry.getTerm());
          putOperation(entry.getOperation(), out);
        },
        in ->
            models
                .createLogEntryBuilder()
                .setIndex(in.whole())
                .setTerm((int) in.whole())
                .setOperation(operation(in))
                .build());
  }

  private void putOperation(Object operation, ModelFormat.Writer out) {
    switch (operation) {
      case byte[] command -> out.tag(ModelFormat.COMMAND).bytes(command);
      case UpdateRaftGroupMembersOp change -> {
        out.tag(ModelFormat.MEMBERS);
        out.endpoints(change.getMembers(), endpoints);
        out.endpoints(change.getVotingMembers(), endpoints);
        out.bytes(endpoints.serialize(change.getEndpoint()));
        out.bytes(change.getMode().name().getBytes(StandardCharsets.US_ASCII));
      }
      default ->
          throw new IllegalArgumentException(
              operation.getClass().getName()
                  + " is no byte[]: give commands as bytes, or a serializer of your own");
    }
  }

  private Object operation(ModelFormat.Reader in) {
    int tag = in.tag();
    return switch (tag) {
      case ModelFormat.COMMAND -> in.bytes();
      case ModelFormat.MEMBERS ->
          models
              .createUpdateRaftGroupMembersOpBuilder()
              .setMembers(in.endpoints(endpoints))
              .setVotingMembers(in.endpoints(endpoints))
              .setEndpoint(endpoints.deserialize(in.bytes()))
              .setMode(mode(new String(in.bytes(), StandardCharsets.US_ASCII)))
              .build();
      default ->
          throw new StorageException.UnsupportedFormat("an operation of the unknown kind " + tag);
    };
  }

  private static MembershipChangeMode mode(String name) {
    try {
      return MembershipChangeMode.valueOf(name);
    } catch (IllegalArgumentException e) {
      throw new StorageException.UnsupportedFormat("a change of members of the kind " + name);
    }
  }

  @Override
  public Serializer<SnapshotChunk> snapshotChunkSerializer() {
    return of(
        (chunk, out) -> {
          out.whole(chunk.getIndex());
          out.whole(chunk.getTerm());
          out.whole(chunk.getSnapshotChunkIndex());
          out.whole(chunk.getSnapshotChunkCount());
          putMembers(chunk.getGroupMembersView(), out);
          putOperation(chunk.getOperation(), out);
        },
        in ->
            models
                .createSnapshotChunkBuilder()
                .setIndex(in.whole())
                .setTerm((int) in.whole())
                .setSnapshotChunkIndex((int) in.whole())
                .setSnapshotChunkCount((int) in.whole())
                .setGroupMembersView(members(in))
                .setOperation(operation(in))
                .build());
  }

  @Override
  public Serializer<RaftEndpointPersistentState> raftEndpointPersistentStateSerializer() {
    return of(
        (state, out) -> {
          out.bytes(endpoints.serialize(state.getLocalEndpoint()));
          out.tag(state.isVoting() ? 1 : 0);
        },
        in ->
            models
                .createRaftEndpointPersistentStateBuilder()
                .setLocalEndpoint(endpoints.deserialize(in.bytes()))
                .setVoting(in.tag() == 1)
                .build());
  }

  @Override
  public Serializer<RaftTermPersistentState> raftTermPersistentState() {
    return of(
        (state, out) -> {
          out.whole(state.getTerm());
          RaftEndpoint vote = state.getVotedFor();
          out.tag(vote == null ? 0 : 1);
          if (vote != null) {
            out.bytes(endpoints.serialize(vote));
          }
        },
        in ->
            models
                .createRaftTermPersistentStateBuilder()
                .setTerm((int) in.whole())
                .setVotedFor(in.tag() == 0 ? null : endpoints.deserialize(in.bytes()))
                .build());
  }
}
