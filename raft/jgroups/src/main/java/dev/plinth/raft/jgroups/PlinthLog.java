package dev.plinth.raft.jgroups;

import dev.plinth.raft.store.EntryBatch;
import dev.plinth.raft.store.EntryTypes;
import dev.plinth.raft.store.SharedLogs;
import dev.plinth.raft.store.StorageConfiguration;
import dev.plinth.spi.StorageException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ObjLongConsumer;
import org.jgroups.Address;
import org.jgroups.protocols.raft.Log;
import org.jgroups.protocols.raft.LogEntries;
import org.jgroups.protocols.raft.LogEntry;
import org.jgroups.util.ByteArrayDataInputStream;
import org.jgroups.util.ByteArrayDataOutputStream;
import org.jgroups.util.Util;
import org.jspecify.annotations.Nullable;

/// The log of jgroups-raft 1.x on a log store of Plinth: entries, vote, term, commit index and
/// snapshot in one stream. All that version 2 of the interface changes is in this class.
///
/// By class name, `raft.logClass("dev.plinth.raft.jgroups.PlinthLog")`, it is configured by
/// `logArgs`:
///
/// | key | meaning |
/// |---|---|
/// | `log.engine`, `log.KEY` | as in [StorageConfiguration]; without any, the system properties count |
/// | `directory` | where the log is; RAFT's `log_dir` and `log_prefix` unless set |
/// | `group` | the group's number in a log that groups share, 0 (default) or more |
/// | `sync` | `off` leaves appends to the operating system; `on` unless set |
///
/// Or open it with [#open] and hand it over with `raft.log(...)`.
///
/// Durability: appended entries are durable when [#append] returns, with one sync however many they
/// are; groups of one directory share it. Vote and term are durable when they are set. The commit
/// index goes with the next change. [#useFsync] has no say: RAFT calls it with `false` unless told
/// otherwise. A snapshot counts from the [#truncate] or [#reinitializeTo] that follows it, as one
/// step with that: a crash leaves the old snapshot and the old log, or both new.
///
/// Group `g` takes the groups `2g` (entries) and `2g + 1` (snapshots) of the log.
///
/// Errors: [StorageException], unchecked. After a failed write or sync no change is taken any more,
/// and nothing is acknowledged; `EngineEvent.Poisoned` tells it. Calls take turns.
public final class PlinthLog implements Log {
  /// The type of an entry that has no command at all.
  private static final int NO_COMMAND = EntryTypes.NO_OP;

  private static final byte[] NOTHING = new byte[0];

  private final EntryBatch batch = new EntryBatch();
  private @Nullable Place place;
  private SharedLogs.@Nullable Lease lease;
  private @Nullable StoredLog stored;

  /// Where the log is and how it is kept.
  private record Place(Path directory, long group, StorageConfiguration storage, boolean sync) {}

  /// For jgroups-raft: configured by [#init].
  public PlinthLog() {}

  /// Opens or makes a log, synced, for `raft.log(...)`.
  ///
  /// @param directory shared by the groups of this process that name it
  /// @param group 0 or more
  public static PlinthLog open(Path directory, long group, StorageConfiguration storage) {
    PlinthLog log = new PlinthLog();
    log.open(new Place(directory.toAbsolutePath().normalize(), group, storage, true));
    return log;
  }

  /// Opens or makes the log.
  ///
  /// @throws StorageException.InvalidConfiguration for unknown keys or values
  @Override
  public void init(String logName, @Nullable Map<String, String> args) {
    Map<String, String> given = new TreeMap<>(args == null ? Map.of() : args);
    String directory = given.remove("directory");
    String group = given.getOrDefault("group", "0");
    String sync = given.getOrDefault("sync", "on");
    given.remove("group");
    given.remove("sync");
    if (!group.matches("[0-9]{1,18}")) {
      throw new StorageException.InvalidConfiguration(
          "group = " + group + " is not a number from 0 on");
    }
    if (!sync.equals("on") && !sync.equals("off")) {
      throw new StorageException.InvalidConfiguration("sync = " + sync + ": on or off is expected");
    }
    open(
        new Place(
            Path.of(directory == null ? logName : directory).toAbsolutePath().normalize(),
            Long.parseLong(group),
            given.isEmpty()
                ? StorageConfiguration.ofSystemProperties()
                : StorageConfiguration.of(given),
            sync.equals("on")));
  }

  private synchronized void open(Place where) {
    if (where.group < 0 || where.group > Long.MAX_VALUE / 2 - 1) {
      throw new IllegalArgumentException("the group must be 0 or more: " + where.group);
    }
    close();
    SharedLogs.Lease fresh = SharedLogs.PROCESS.acquire(where.directory, where.storage);
    try {
      stored =
          new StoredLog(fresh.log().group(2 * where.group), fresh.log().group(2 * where.group + 1));
      lease = fresh;
      place = where;
    } catch (RuntimeException e) {
      fresh.close();
      throw e;
    }
  }

  private StoredLog log() {
    StoredLog log = stored;
    if (log == null) {
      throw new StorageException.Closed("the log of jgroups-raft is not open: init comes first");
    }
    return log;
  }

  /// Has no effect: see above.
  @Override
  public Log useFsync(boolean f) {
    return this;
  }

  /// Whether appends wait for the disk.
  @Override
  public synchronized boolean useFsync() {
    Place where = place;
    return where == null || where.sync;
  }

  /// Forgets everything that the log holds, whether it is open or closed; its directory stays, for
  /// other groups may use it.
  @Override
  public synchronized void delete() {
    boolean isOpen = stored != null;
    Place where = place;
    if (!isOpen && where != null) {
      open(where);
    }
    if (stored != null) {
      log().clear();
    }
    if (!isOpen) {
      release(false);
    }
  }

  @Override
  public synchronized void close() {
    release(true);
  }

  private void release(boolean settles) {
    StoredLog log = stored;
    SharedLogs.Lease used = lease;
    stored = null;
    lease = null;
    if (log == null || used == null) {
      return;
    }
    try (used) {
      if (settles) {
        log.settle();
      }
    }
  }

  @Override
  public synchronized long currentTerm() {
    return log().term();
  }

  @Override
  public synchronized Log currentTerm(long newTerm) {
    log().term(newTerm);
    return this;
  }

  @Override
  public synchronized @Nullable Address votedFor() {
    byte[] vote = log().vote();
    if (vote.length == 0) {
      return null;
    }
    try {
      return Util.readAddress(new ByteArrayDataInputStream(vote));
    } catch (IOException | ClassNotFoundException e) {
      throw new StorageException.UnsupportedFormat("the saved vote is no address: " + e);
    }
  }

  @Override
  public synchronized Log votedFor(@Nullable Address member) {
    if (member == null) {
      log().vote(NOTHING, "");
      return this;
    }
    ByteArrayDataOutputStream out = new ByteArrayDataOutputStream(64);
    try {
      Util.writeAddress(member, out);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    log().vote(Arrays.copyOf(out.buffer(), out.position()), member.toString());
    return this;
  }

  @Override
  public synchronized long commitIndex() {
    return log().commit();
  }

  @Override
  public synchronized Log commitIndex(long newIndex) {
    log().commit(newIndex);
    return this;
  }

  @Override
  public synchronized long firstAppended() {
    return log().first();
  }

  @Override
  public synchronized long lastAppended() {
    return log().last();
  }

  @Override
  public synchronized void setSnapshot(ByteBuffer sn) {
    log().setSnapshot(sn.duplicate());
  }

  @Override
  public synchronized @Nullable ByteBuffer getSnapshot() {
    return log().snapshot();
  }

  /// Appends entries, durably. When a limit of the log stops it half-way, what was written before
  /// stays, and [#lastAppended] says how far that is.
  @Override
  public synchronized long append(long index, LogEntries entries) {
    List<LogEntry> list = new ArrayList<>(entries.size());
    entries.forEach(list::add);
    if (!list.isEmpty()) {
      StoredLog log = log();
      try {
        append(log, index, list);
      } finally {
        sync(log);
      }
    }
    return log().last();
  }

  private void sync(StoredLog log) {
    Place where = place;
    if (where == null || where.sync) {
      log.sync();
    }
  }

  private void append(StoredLog log, long index, List<LogEntry> list) {
    try {
      for (int i = 0; i < list.size(); i++) {
        add(index + i, list.get(i));
      }
      log.append(batch);
    } catch (StorageException.LimitExceeded e) {
      if (list.size() == 1) {
        throw e;
      }
      batch.clear();
      int half = list.size() / 2;
      append(log, index, list.subList(0, half));
      append(log, index + half, list.subList(half, list.size()));
    } finally {
      batch.clear();
    }
  }

  private void add(long index, LogEntry entry) {
    byte[] command = entry.command();
    MemorySegment payload = MemorySegment.ofArray(command == null ? NOTHING : command);
    int length = command == null ? 0 : entry.length();
    int offset = command == null ? 0 : entry.offset();
    batch.add(index, entry.term(), type(entry), 0, payload, offset, length);
  }

  private static int type(LogEntry entry) {
    if (entry.command() == null) {
      return NO_COMMAND;
    }
    return entry.internal() ? EntryTypes.CONFIGURATION : EntryTypes.DATA;
  }

  private static LogEntry entry(
      long term, int type, MemorySegment segment, long offset, int length) {
    if (type == NO_COMMAND) {
      return new LogEntry(term, null);
    }
    byte[] command = new byte[length];
    MemorySegment.copy(segment, ValueLayout.JAVA_BYTE, offset, command, 0, length);
    return new LogEntry(term, command).internal(type == EntryTypes.CONFIGURATION);
  }

  @Override
  public synchronized @Nullable LogEntry get(long index) {
    @Nullable LogEntry[] found = new LogEntry[1];
    log()
        .read(
            index,
            (_, term, type, _, segment, offset, length) ->
                found[0] = entry(term, type, segment, offset, length));
    return found[0];
  }

  @Override
  public synchronized void truncate(long indexExclusive) {
    log().truncate(indexExclusive);
  }

  @Override
  public synchronized void reinitializeTo(long index, LogEntry entry) {
    byte[] command = entry.command();
    byte[] payload =
        command == null
            ? NOTHING
            : Arrays.copyOfRange(command, entry.offset(), entry.offset() + entry.length());
    log().reinitialize(index, entry.term(), type(entry), payload);
  }

  /// Removes an entry and what follows it, durably.
  ///
  /// @throws IllegalArgumentException when it is committed
  @Override
  public synchronized void deleteAllEntriesStartingFrom(long startIndex) {
    log().deleteFrom(startIndex);
  }

  @Override
  public synchronized void forEach(
      ObjLongConsumer<LogEntry> function, long startIndex, long endIndex) {
    log()
        .read(
            startIndex,
            endIndex,
            (index, term, type, _, segment, offset, length) ->
                function.accept(entry(term, type, segment, offset, length), index));
  }

  @Override
  public void forEach(ObjLongConsumer<LogEntry> function) {
    forEach(function, 0, Long.MAX_VALUE);
  }

  /// The bytes of the commands; reads the whole log.
  @Override
  public synchronized long sizeInBytes() {
    return log().bytes();
  }

  @Override
  public synchronized String toString() {
    StoredLog log = stored;
    return log == null
        ? "Plinth's log, not open"
        : "Plinth's log, first "
            + log.first()
            + ", last "
            + log.last()
            + ", commit "
            + log.commit()
            + ", term "
            + log.term();
  }
}
