package dev.plinth.raft.store;

import dev.plinth.kit.log.LogFormat;
import dev.plinth.kit.log.LogVisitor;
import dev.plinth.kit.memory.SlabPool;
import dev.plinth.kit.memory.Varint;
import dev.plinth.spi.StorageException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.SortedMap;
import java.util.TreeMap;

/// Rebuilds the groups from the records of a log.
final class LogReplay implements LogVisitor {
  private final Path directory;
  private final SlabPool pool;
  private final EntryRuns runs = new EntryRuns();
  private final EntryHeader header = new EntryHeader();
  private final SortedMap<Long, LogGroup> groups = new TreeMap<>();
  private long reclaimed;

  LogReplay(Path directory, SlabPool pool) {
    this.directory = directory;
    this.pool = pool;
  }

  /// The groups found; call once, after the last record.
  SortedMap<Long, LogGroup> groups() {
    groups.values().forEach(LogGroup::settle);
    return groups;
  }

  /// Segments before this position may be missing; 0 when none may.
  long reclaimed() {
    return reclaimed;
  }

  @Override
  public void record(
      int type,
      long position,
      long first,
      long second,
      MemorySegment segment,
      long offset,
      int length) {
    switch (type) {
      case RaftLogFormat.ENTRIES, RaftLogFormat.BEGIN -> {
        long commit = entries(position, second, segment, offset, length);
        LogGroup group = group(first);
        group.index.reserve(runs.count());
        group.committed(commit);
        group.appended(runs, position, 0, type == RaftLogFormat.BEGIN);
      }
      case RaftLogFormat.MOVED -> {
        entries(position, second, segment, offset, length);
        group(first).moved(runs, position);
      }
      case RaftLogFormat.STATE -> state(position, first, second, segment, offset, length);
      case RaftLogFormat.TRUNCATE -> group(first).truncated(second);
      case RaftLogFormat.RECLAIM -> reclaimed = Math.max(reclaimed, first);
      default -> throw bad(position, "a record of unknown type " + type);
    }
  }

  /// Reads the entries of a body into the runs, with offsets from the body's start.
  ///
  /// @return the commit index that came with them, -1 for none
  private long entries(long position, long first, MemorySegment segment, long offset, int length) {
    long end = offset + length;
    long commit = Varint.get(segment, offset, end);
    if (commit < 0) {
      throw bad(position, "entries without a commit index");
    }
    decode(position, first, segment, offset, offset + Varint.size(commit), end);
    return commit - 1;
  }

  private void decode(
      long position, long first, MemorySegment segment, long body, long from, long end) {
    runs.clear();
    long at = from;
    long index = first - 1;
    while (at < end) {
      if (!StopBitCodec.INSTANCE.get(segment, at, end, header)) {
        throw bad(position, "an entry that is not well formed");
      }
      index += header.gap + 1;
      runs.add(index, header.term, header.type, at - body, header.end() - body);
      at = header.end();
    }
    if (runs.count() == 0) {
      throw bad(position, "a record without entries");
    }
  }

  private void state(
      long position, long number, long first, MemorySegment segment, long offset, int length) {
    long end = offset + length;
    RaftLogFormat.State state = RaftLogFormat.getState(segment, offset, end);
    if (state == null) {
      throw bad(position, "a state that is not well formed");
    }
    LogGroup group = group(number);
    boolean fresh = (state.flags() & RaftLogFormat.FRESH) != 0;
    if ((state.flags() & RaftLogFormat.RESET) != 0) {
      group.cleared();
    }
    group.compacted(first);
    if (group.isEmpty()) {
      group.setFresh(fresh);
    }
    group.committed(state.commit());
    group.saved(state.hardState());
    group.statePosition = position;
    if (state.end() < end) {
      decode(position, first, segment, offset, state.end(), end);
      group.index.reserve(runs.count());
      group.appended(runs, position, 0, false);
    }
  }

  /// The group, its first index not known until a record tells: what is above it may stand before
  /// that record, where older segments are gone.
  private LogGroup group(long number) {
    return groups.computeIfAbsent(number, n -> new LogGroup(n, 0, pool));
  }

  private StorageException bad(long position, String what) {
    return new StorageException.Corrupt(
        directory.resolve(String.format("%016x.log", LogFormat.number(position))),
        LogFormat.offset(position),
        what);
  }
}
