package dev.plinth.raft.microraft;

import dev.plinth.raft.store.GroupedLog;
import dev.plinth.raft.testkit.LibraryScript;
import io.microraft.RaftEndpoint;
import io.microraft.model.impl.DefaultRaftModelFactory;
import io.microraft.model.log.LogEntry;
import io.microraft.model.log.RaftGroupMembersView;
import io.microraft.model.log.SnapshotChunk;
import io.microraft.model.log.SnapshotEntry;
import io.microraft.persistence.RestoredRaftState;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// MicroRaft's store for the laboratory: the calls as MicroRaft makes them, crashed at every step.
final class StoreScript implements LibraryScript<PlinthRaftStore, StoreScript.Found> {
  private static final DefaultRaftModelFactory MODELS = new DefaultRaftModelFactory();
  private static final RaftEndpoint SELF = new NamedEndpoint("n1");

  /// What a restarted node finds.
  ///
  /// @param started whether it knows who it is
  /// @param entries term and payload of those behind the snapshot
  record Found(
      boolean started, int term, String vote, long snapshot, NavigableMap<Long, String> entries) {
    long last() {
      return entries.isEmpty() ? Math.max(0, snapshot) : entries.lastKey();
    }

    Found withTerm(int newTerm, String newVote) {
      return new Found(started, newTerm, newVote, snapshot, entries);
    }

    Found withEntries(NavigableMap<Long, String> newEntries) {
      return new Found(started, term, vote, snapshot, newEntries);
    }
  }

  @Override
  public String name() {
    return "microraft-log";
  }

  @Override
  public PlinthRaftStore open(GroupedLog log) {
    return new PlinthRaftStore(
        Path.of("/log"), 0, log, () -> {}, MODELS, new PlinthSerializer(MODELS));
  }

  @Override
  public Found empty() {
    return new Found(false, 0, "", -1, new TreeMap<>());
  }

  @Override
  public Found show(PlinthRaftStore store) {
    Optional<RestoredRaftState> restored = store.restored();
    if (restored.isEmpty()) {
      return empty();
    }
    RestoredRaftState state = restored.get();
    NavigableMap<Long, String> entries = new TreeMap<>();
    for (LogEntry entry : state.getLogEntries()) {
      entries.put(entry.getIndex(), text(entry.getTerm(), (byte[]) entry.getOperation()));
    }
    RaftEndpoint vote = state.getTermPersistentState().getVotedFor();
    return new Found(
        true,
        state.getTermPersistentState().getTerm(),
        vote == null ? "" : (String) vote.getId(),
        snapshot(state.getSnapshotEntry()),
        entries);
  }

  private static long snapshot(@Nullable SnapshotEntry snapshot) {
    if (snapshot == null) {
      return -1;
    }
    List<?> chunks = (List<?>) snapshot.getOperation();
    for (int i = 0; i < chunks.size(); i++) {
      byte[] bytes = (byte[]) ((SnapshotChunk) chunks.get(i)).getOperation();
      if (!text(0, bytes).equals(text(0, chunkBytes(snapshot.getIndex(), i)))) {
        throw new AssertionError("chunk " + i + " of snapshot " + snapshot.getIndex());
      }
    }
    return snapshot.getIndex();
  }

  private static String text(int term, byte[] bytes) {
    return term + ":" + HexFormat.of().formatHex(bytes);
  }

  private static byte[] chunkBytes(long index, int number) {
    byte[] bytes = new byte[(int) (index * 37 + number * 11L) % 700];
    Arrays.fill(bytes, (byte) (index + number));
    return bytes;
  }

  private static int chunkCount(long index) {
    return 1 + (int) (index % 4);
  }

  @Override
  public LibraryStep<PlinthRaftStore, Found> next(SplittableRandom random, Found state) {
    if (!state.started) {
      return start(state);
    }
    int point = random.nextInt(100);
    if (point < 40) {
      return append(random, state, false);
    }
    if (point < 60) {
      return append(random, state, true);
    }
    if (point < 68) {
      return new LibraryStep<>("flush", state, true, PlinthRaftStore::flush);
    }
    if (point < 76) {
      return term(random, state);
    }
    if (point < 84 && !state.entries.isEmpty()) {
      return truncate(random, state);
    }
    if (point < 90) {
      return partialSnapshot(random, state);
    }
    return snapshot(random, state);
  }

  private static LibraryStep<PlinthRaftStore, Found> start(Found state) {
    RaftGroupMembersView members = members();
    return new LibraryStep<>(
        "start",
        new Found(true, state.term, state.vote, state.snapshot, state.entries),
        true,
        store -> {
          store.persistAndFlushLocalEndpoint(
              MODELS
                  .createRaftEndpointPersistentStateBuilder()
                  .setLocalEndpoint(SELF)
                  .setVoting(true)
                  .build());
          store.persistAndFlushInitialGroupMembers(members);
        });
  }

  private static RaftGroupMembersView members() {
    return MODELS
        .createRaftGroupMembersViewBuilder()
        .setLogIndex(0)
        .setMembers(List.of(SELF))
        .setVotingMembers(List.of(SELF))
        .build();
  }

  private static LibraryStep<PlinthRaftStore, Found> append(
      SplittableRandom random, Found state, boolean flushes) {
    NavigableMap<Long, String> entries = new TreeMap<>(state.entries);
    List<LogEntry> list = new ArrayList<>();
    long index = state.last() + 1;
    int count = 1 + random.nextInt(5);
    for (int i = 0; i < count; i++) {
      byte[] bytes = new byte[random.nextInt(10) == 0 ? 0 : random.nextInt(400)];
      random.nextBytes(bytes);
      entries.put(index + i, text(state.term, bytes));
      list.add(
          MODELS
              .createLogEntryBuilder()
              .setIndex(index + i)
              .setTerm(state.term)
              .setOperation(bytes)
              .build());
    }
    return new LibraryStep<>(
        flushes ? "append and flush" : "append",
        state.withEntries(entries),
        flushes,
        store -> {
          store.persistLogEntries(list);
          if (flushes) {
            store.flush();
          }
        });
  }

  private static LibraryStep<PlinthRaftStore, Found> term(SplittableRandom random, Found state) {
    int term = state.term + random.nextInt(2);
    String vote = random.nextBoolean() ? "" : "n" + random.nextInt(3);
    return new LibraryStep<>(
        "term",
        state.withTerm(term, vote),
        true,
        store ->
            store.persistAndFlushTerm(
                MODELS
                    .createRaftTermPersistentStateBuilder()
                    .setTerm(term)
                    .setVotedFor(vote.isEmpty() ? null : new NamedEndpoint(vote))
                    .build()));
  }

  private static LibraryStep<PlinthRaftStore, Found> truncate(
      SplittableRandom random, Found state) {
    long from = Math.max(state.entries.firstKey(), state.last() - random.nextInt(5));
    return new LibraryStep<>(
        "truncate from " + from,
        state.withEntries(new TreeMap<>(state.entries.headMap(from, false))),
        true,
        store -> {
          store.truncateLogEntriesFrom(from);
          store.flush();
        });
  }

  private static SnapshotChunk chunk(long index, int number) {
    return MODELS
        .createSnapshotChunkBuilder()
        .setIndex(index)
        .setTerm(1)
        .setSnapshotChunkIndex(number)
        .setSnapshotChunkCount(chunkCount(index))
        .setGroupMembersView(members())
        .setOperation(chunkBytes(index, number))
        .build();
  }

  /// Some chunks of a snapshot come, and are given up.
  private static LibraryStep<PlinthRaftStore, Found> partialSnapshot(
      SplittableRandom random, Found state) {
    long index = state.last() + 3 + random.nextInt(20);
    boolean deletes = random.nextBoolean();
    return new LibraryStep<>(
        "part of snapshot " + index,
        state,
        deletes,
        store -> {
          for (int i = 0; i < chunkCount(index) - 1; i++) {
            store.persistSnapshotChunk(chunk(index, i));
          }
          if (deletes) {
            store.deleteSnapshotChunks(index, chunkCount(index));
            store.flush();
          }
        });
  }

  /// A snapshot of the state, or one from the leader that may be ahead of the log.
  private static LibraryStep<PlinthRaftStore, Found> snapshot(
      SplittableRandom random, Found state) {
    long least = Math.max(0, state.snapshot) + 1;
    long index = least + random.nextLong(Math.max(1, state.last() - least + 4));
    List<Integer> order = new ArrayList<>();
    for (int i = 0; i < chunkCount(index); i++) {
      order.add(i);
    }
    Collections.shuffle(order, new Random(random.nextLong()));
    long until = random.nextBoolean() ? index : Math.max(1, index - random.nextInt(3));
    NavigableMap<Long, String> rest = new TreeMap<>(state.entries.tailMap(index, false));
    Found after = new Found(true, state.term, state.vote, index, rest);
    return new LibraryStep<>(
        "snapshot " + index + " and cut until " + until,
        after,
        true,
        store -> {
          order.forEach(i -> store.persistSnapshotChunk(chunk(index, i)));
          store.flush();
          store.truncateLogEntriesUntil(index > state.last() ? index : until);
          store.flush();
        });
  }
}
