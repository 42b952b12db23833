package dev.plinth.raft.jgroups;

import dev.plinth.raft.store.EntryBatch;
import dev.plinth.raft.store.GroupedLog;
import dev.plinth.raft.testkit.LibraryScript;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.NavigableMap;
import java.util.SplittableRandom;
import java.util.TreeMap;

/// The log of jgroups-raft for the laboratory: the calls as RAFT makes them, crashed at every step.
/// A snapshot and the cut of the log that goes with it must come together.
final class LogScript implements LibraryScript<StoredLog, LogScript.Found> {
  /// What a restarted member finds.
  ///
  /// @param cut the first index of a log that was cut, else 0
  /// @param saved the term that was saved
  /// @param snapshot the first 16 bytes of the snapshot and its length
  record Found(
      long cut,
      NavigableMap<Long, String> entries,
      long term,
      long saved,
      String vote,
      String snapshot,
      long commit) {
    long last() {
      return entries.isEmpty() ? Math.max(0, cut - 1) : entries.lastKey();
    }
  }

  @Override
  public String name() {
    return "jgroups-log";
  }

  @Override
  public StoredLog open(GroupedLog log) {
    return new StoredLog(log.group(0), log.group(1));
  }

  @Override
  public Found empty() {
    return new Found(0, new TreeMap<>(), 0, 0, "", "", 0);
  }

  @Override
  public Found show(StoredLog log) {
    NavigableMap<Long, String> entries = new TreeMap<>();
    log.read(
        0,
        Long.MAX_VALUE,
        (index, term, type, _, segment, offset, length) ->
            entries.put(
                index,
                text(term, type, segment.asSlice(offset, length).toArray(ValueLayout.JAVA_BYTE))));
    ByteBuffer snapshot = log.snapshot();
    return new Found(
        log.first(),
        entries,
        log.term(),
        log.savedTerm(),
        new String(log.vote(), StandardCharsets.UTF_8),
        snapshot == null ? "" : text(snapshot),
        log.commit());
  }

  private static String text(long term, int type, byte[] bytes) {
    return term + ":" + type + ":" + HexFormat.of().formatHex(bytes);
  }

  private static String text(ByteBuffer snapshot) {
    byte[] head = new byte[Math.min(16, snapshot.remaining())];
    snapshot.duplicate().get(head);
    return snapshot.remaining() + ":" + HexFormat.of().formatHex(head);
  }

  /// The term that a restart shows is the higher one of what was saved and of the last entry; the
  /// commit index may be older, not newer, and never below the snapshot.
  @Override
  public boolean allows(Found expected, Found found) {
    return expected.entries.equals(found.entries)
        && Math.max(1, expected.cut) == Math.max(1, found.cut)
        && expected.vote.equals(found.vote)
        && expected.snapshot.equals(found.snapshot)
        && found.commit <= expected.commit
        && (expected.snapshot.isEmpty() || found.commit >= expected.cut)
        && (found.term == expected.term
            || found.term == Math.max(expected.saved, lastTerm(expected.entries)));
  }

  private static long lastTerm(NavigableMap<Long, String> entries) {
    if (entries.isEmpty()) {
      return 0;
    }
    String last = entries.lastEntry().getValue();
    return Long.parseLong(last.substring(0, last.indexOf(':')));
  }

  @Override
  public LibraryStep<StoredLog, Found> next(SplittableRandom random, Found state) {
    int point = random.nextInt(100);
    if (point < 45) {
      return append(random, state);
    }
    if (point < 60) {
      return commit(random, state);
    }
    if (point < 68) {
      long term = Math.max(state.term, state.saved) + random.nextInt(2);
      return new LibraryStep<>(
          "term",
          new Found(state.cut, state.entries, term, term, state.vote, state.snapshot, state.commit),
          true,
          log -> log.term(term));
    }
    if (point < 74) {
      return vote(random, state);
    }
    if (point < 82) {
      return delete(random, state);
    }
    if (point < 92) {
      return snapshot(random, state);
    }
    return install(random, state);
  }

  private static LibraryStep<StoredLog, Found> append(SplittableRandom random, Found state) {
    NavigableMap<Long, String> entries = new TreeMap<>(state.entries);
    EntryBatch batch = new EntryBatch();
    long index = state.last() + 1;
    int count = 1 + random.nextInt(5);
    long term = Math.max(state.term, 1);
    for (int i = 0; i < count; i++) {
      byte[] bytes = new byte[random.nextInt(10) == 0 ? 0 : random.nextInt(400)];
      random.nextBytes(bytes);
      int type = random.nextInt(3);
      entries.put(index + i, text(term, type, bytes));
      batch.add(index + i, term, type, bytes);
    }
    return new LibraryStep<>(
        "append",
        new Found(state.cut, entries, term, state.saved, state.vote, state.snapshot, state.commit),
        true,
        log -> {
          log.append(batch);
          log.sync();
        });
  }

  private static LibraryStep<StoredLog, Found> commit(SplittableRandom random, Found state) {
    long commit = state.commit + random.nextLong(Math.max(1, state.last() - state.commit + 1));
    return new LibraryStep<>(
        "commit " + commit,
        new Found(
            state.cut, state.entries, state.term, state.saved, state.vote, state.snapshot, commit),
        false,
        log -> log.commit(commit));
  }

  private static LibraryStep<StoredLog, Found> vote(SplittableRandom random, Found state) {
    String vote = random.nextBoolean() ? "" : "member-" + random.nextInt(9);
    return new LibraryStep<>(
        "vote",
        new Found(
            state.cut, state.entries, state.term, state.saved, vote, state.snapshot, state.commit),
        true,
        log -> log.vote(vote.getBytes(StandardCharsets.UTF_8), vote));
  }

  private static LibraryStep<StoredLog, Found> delete(SplittableRandom random, Found state) {
    long from = Math.max(state.commit + 1, state.last() - random.nextInt(4));
    if (from > state.last()) {
      return new LibraryStep<>("delete nothing", state, true, log -> log.deleteFrom(from));
    }
    NavigableMap<Long, String> entries = new TreeMap<>(state.entries.headMap(from, false));
    return new LibraryStep<>(
        "delete from " + from,
        new Found(
            state.cut,
            entries,
            lastTerm(entries),
            state.saved,
            state.vote,
            state.snapshot,
            state.commit),
        true,
        log -> log.deleteFrom(from));
  }

  private static ByteBuffer blob(SplittableRandom random) {
    byte[] bytes = new byte[16 + random.nextInt(3000)];
    Arrays.fill(bytes, (byte) random.nextInt());
    for (int i = 0; i < 16; i++) {
      bytes[i] = (byte) random.nextInt();
    }
    return ByteBuffer.wrap(bytes);
  }

  /// A snapshot at the commit index, and the cut that follows it.
  private static LibraryStep<StoredLog, Found> snapshot(SplittableRandom random, Found state) {
    if (state.commit == 0) {
      return commit(random, state);
    }
    ByteBuffer blob = blob(random);
    return new LibraryStep<>(
        "snapshot " + state.commit,
        new Found(
            state.commit,
            new TreeMap<>(state.entries.tailMap(state.commit, true)),
            state.term,
            state.saved,
            state.vote,
            text(blob),
            state.commit),
        true,
        log -> {
          log.setSnapshot(blob);
          log.truncate(state.commit);
        });
  }

  /// A snapshot from the leader, and the log that begins behind it.
  private static LibraryStep<StoredLog, Found> install(SplittableRandom random, Found state) {
    long index = Math.max(state.commit, state.last() - 2) + 1 + random.nextInt(10);
    long term = Math.max(1, state.term) + random.nextInt(2);
    ByteBuffer blob = blob(random);
    NavigableMap<Long, String> entries = new TreeMap<>();
    entries.put(index, text(term, 1, new byte[0]));
    return new LibraryStep<>(
        "install " + index,
        new Found(index, entries, term, state.saved, state.vote, text(blob), index),
        true,
        log -> {
          log.setSnapshot(blob);
          log.reinitialize(index, term, 1, new byte[0]);
        });
  }
}
