package dev.plinth.raft.store;

import dev.plinth.kit.directory.EngineDirectory;
import dev.plinth.kit.disk.SystemDisk;
import dev.plinth.kit.memory.Layouts;
import dev.plinth.spi.Cursor;
import dev.plinth.spi.Durability;
import dev.plinth.spi.Engine;
import dev.plinth.spi.EngineEnvironment;
import dev.plinth.spi.EngineOptions;
import dev.plinth.spi.EngineStats;
import dev.plinth.spi.EngineTraits;
import dev.plinth.spi.Engines;
import dev.plinth.spi.KeyRange;
import dev.plinth.spi.Reader;
import dev.plinth.spi.Snapshot;
import dev.plinth.spi.StateDigest;
import dev.plinth.spi.ValueVisitor;
import dev.plinth.spi.disk.Disk;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.jspecify.annotations.Nullable;

/// The state machines of one or more Raft groups on any engine, each with the index and term that
/// it has applied, in one directory.
///
/// What entries change, and which entries these were, become visible and durable in one step; so
/// the engine's own log may be off (`wal = off`), and the Raft log replays what a crash took. A
/// snapshot (as a checkpoint, or as chunks) is of all groups of the store, and so is its
/// installation, which is one step too: a new directory is made, filled, synced, and then named in
/// `CURRENT`. Use one store a group where groups install snapshots one by one.
///
/// Threads: any; batches of one group take turns. Cursors and snapshots must be closed before an
/// installation ends.
public final class StateMachineStore implements AutoCloseable {
  /// The name in the identity of its directory.
  public static final String NAME = "state-machine";

  /// The version of its format.
  public static final int FORMAT_VERSION = 1;

  private final EngineDirectory directory;
  private final StateDirectories directories;
  private final Map<String, String> configuration;
  private final EngineEnvironment environment;
  private final ReentrantReadWriteLock swap = new ReentrantReadWriteLock();

  /// Held for reading by who applies, for writing while a checkpoint is made: it is of one moment.
  private final ReentrantReadWriteLock applying = new ReentrantReadWriteLock();

  private final ReentrantLock installing = new ReentrantLock();
  private final Map<Long, GroupWriter> writers = new ConcurrentHashMap<>();
  private Engine engine;
  private long number;

  /// What a group was applied up to.
  ///
  /// @param index the index of the last entry, -1 when none was applied
  /// @param term its term, -1 when none was applied
  public record Applied(long index, long term) {
    /// Nothing was applied.
    public static final Applied NONE = new Applied(-1, -1);
  }

  /// The content of a group's state machine at an index, the same on every engine.
  ///
  /// @param applied where it stands
  /// @param digest of the users' keys and values
  public record Digest(Applied applied, StateDigest digest) {}

  private static final String SCRATCH = "incoming";

  private static final class GroupWriter {
    private final ReentrantLock lock = new ReentrantLock();
    private final byte[] appliedKey;
    private final MemorySegment applied = MemorySegment.ofArray(new byte[StateKeys.APPLIED_BYTES]);

    GroupWriter(long group) {
      appliedKey = StateKeys.prefix(StateKeys.APPLIED, group);
    }
  }

  private StateMachineStore(
      EngineDirectory directory,
      StateDirectories directories,
      Map<String, String> configuration,
      EngineEnvironment environment) {
    this.directory = directory;
    this.directories = directories;
    this.configuration = configuration;
    this.environment = environment;
    this.number = directories.current();
    clear(directory.file(SCRATCH));
    directories.keepOnly(number);
    this.engine = Engines.open(directories.path(number), configuration, environment);
  }

  /// Opens or makes a store.
  ///
  /// @param path the store's own directory; created when missing
  /// @param configuration `engine = NAME` and that engine's options, such as `wal = off`
  public static StateMachineStore open(
      Path path, Map<String, String> configuration, EngineEnvironment environment) {
    Disk under = environment.disk();
    Disk disk = under == null ? new SystemDisk() : under;
    EngineDirectory directory =
        EngineDirectory.open(
            disk, path, NAME, FORMAT_VERSION, EngineOptions.of(List.of(), Map.of()));
    try {
      StateDirectories directories = new StateDirectories(disk, directory.path());
      StateMachineStore store =
          new StateMachineStore(directory, directories, Map.copyOf(configuration), environment);
      store.beginIfNew(disk);
      return store;
    } catch (RuntimeException e) {
      directory.close();
      throw e;
    }
  }

  private void beginIfNew(Disk disk) {
    if (!disk.exists(directory.file("CURRENT"))) {
      try {
        directories.switchTo(number);
      } catch (RuntimeException e) {
        engine.close();
        throw e;
      }
    }
  }

  /// Applies what entries change, with the index and term of the last of them, as one step. Entries
  /// that were applied already change nothing.
  ///
  /// @param batch may be empty, for entries that change nothing; free for reuse on return
  /// @param index of the last entry that the batch applies
  /// @param term of that entry
  /// @return whether it was applied; false when the group has applied this index before
  public boolean apply(StateBatch batch, long index, long term) {
    return apply(batch, index, term, Durability.BUFFERED);
  }

  /// Applies as [#apply(StateBatch, long, long)] does, and waits until the engine's own log has
  /// brought it as far as asked: for state machines whose Raft log is not replayed.
  ///
  /// @param durability how far; an engine without its log refuses more than it can do
  /// @return whether it was applied; false when the group has applied this index before
  public boolean apply(StateBatch batch, long index, long term, Durability durability) {
    GroupWriter writer = writers.computeIfAbsent(batch.group(), GroupWriter::new);
    swap.readLock().lock();
    applying.readLock().lock();
    writer.lock.lock();
    try {
      return apply(writer, batch, index, term, durability);
    } finally {
      writer.lock.unlock();
      applying.readLock().unlock();
      swap.readLock().unlock();
    }
  }

  private boolean apply(
      GroupWriter writer, StateBatch batch, long index, long term, Durability durability) {
    if (index <= engine.appliedIndex(batch.group())) {
      return false;
    }
    writer.applied.set(Layouts.LONG, 0, index);
    writer.applied.set(Layouts.LONG, Long.BYTES, term);
    MemorySegment key = MemorySegment.ofArray(writer.appliedKey);
    batch
        .batch()
        .put(key, 0, writer.appliedKey.length, writer.applied, 0, StateKeys.APPLIED_BYTES)
        .applied(batch.group(), index);
    engine.write(batch.batch(), durability);
    return true;
  }

  /// What a group was applied up to, durable or not.
  public Applied applied(long group) {
    swap.readLock().lock();
    try {
      return applied(engine, group);
    } finally {
      swap.readLock().unlock();
    }
  }

  static Applied applied(Reader reader, long group) {
    byte[] value = reader.get(StateKeys.prefix(StateKeys.APPLIED, group));
    if (value == null || value.length != StateKeys.APPLIED_BYTES) {
      return Applied.NONE;
    }
    MemorySegment segment = MemorySegment.ofArray(value);
    return new Applied(segment.get(Layouts.LONG, 0), segment.get(Layouts.LONG, Long.BYTES));
  }

  /// The index that a group surely has applied after a crash; -1 for none. Its log may be cut up to
  /// it.
  public long durableApplied(long group) {
    swap.readLock().lock();
    try {
      return engine.durableAppliedIndex(group);
    } finally {
      swap.readLock().unlock();
    }
  }

  /// The groups that have applied something, ascending.
  public List<Long> groups() {
    swap.readLock().lock();
    try {
      return groups(engine);
    } finally {
      swap.readLock().unlock();
    }
  }

  static List<Long> groups(Reader reader) {
    List<Long> groups = new ArrayList<>();
    try (Cursor cursor = reader.cursor(StateKeys.applied())) {
      while (cursor.next()) {
        groups.add(
            StateKeys.appliedGroup(cursor.keySegment(), cursor.keyOffset(), cursor.keyLength()));
      }
    }
    return groups;
  }

  /// Makes everything applied durable, of idle groups too, so that logs can be cut up to
  /// [#durableApplied].
  public void flush() {
    swap.readLock().lock();
    try {
      engine.flush();
    } finally {
      swap.readLock().unlock();
    }
  }

  /// What its engine has counted and holds.
  public EngineStats stats() {
    swap.readLock().lock();
    try {
      return engine.stats();
    } finally {
      swap.readLock().unlock();
    }
  }

  /// Starts what [#flush] does, without waiting.
  public void requestFlush() {
    swap.readLock().lock();
    try {
      engine.requestFlush();
    } finally {
      swap.readLock().unlock();
    }
  }

  /// Reads a user's key in place; see [Reader#read].
  public boolean read(long group, byte[] key, ValueVisitor visitor) {
    byte[] whole = StateKeys.data(group, key);
    swap.readLock().lock();
    try {
      return engine.read(MemorySegment.ofArray(whole), 0, whole.length, visitor);
    } finally {
      swap.readLock().unlock();
    }
  }

  /// A copy of a value; null when the key is not there.
  public byte @Nullable [] get(long group, byte[] key) {
    byte[] whole = StateKeys.data(group, key);
    swap.readLock().lock();
    try {
      return engine.get(whole);
    } finally {
      swap.readLock().unlock();
    }
  }

  /// Walks a range of a group's keys as they are now; the keys shown are the users'. Close it.
  public Cursor cursor(long group, KeyRange range) {
    swap.readLock().lock();
    try {
      byte[] prefix = StateKeys.prefix(StateKeys.DATA, group);
      return new StateCursor(engine.cursor(StateKeys.range(group, range)), prefix);
    } finally {
      swap.readLock().unlock();
    }
  }

  /// The digest of a group's content, with the index that it belongs to.
  public Digest digest(long group) {
    swap.readLock().lock();
    try (Snapshot snapshot = engine.snapshot()) {
      StateDigest.Sum sum = new StateDigest.Sum();
      byte[] prefix = StateKeys.prefix(StateKeys.DATA, group);
      try (Cursor cursor =
          new StateCursor(snapshot.cursor(StateKeys.range(group, KeyRange.all())), prefix)) {
        while (cursor.next()) {
          sum.add(
              cursor.keySegment(),
              cursor.keyOffset(),
              cursor.keyLength(),
              cursor.valueSegment(),
              cursor.valueOffset(),
              cursor.valueLength());
        }
      }
      return new Digest(applied(snapshot, group), sum.digest());
    } finally {
      swap.readLock().unlock();
    }
  }

  /// Makes a directory that [#install(Path)] takes, on the same disk: linked or copied as the
  /// engine does it.
  ///
  /// @param target must not exist; its parent must
  public void checkpoint(Path target) {
    swap.readLock().lock();
    try {
      engine.checkpoint(target);
    } finally {
      swap.readLock().unlock();
    }
  }

  /// Freezes the state for sending it in chunks. Close it.
  public StateSnapshot snapshot() {
    swap.readLock().lock();
    try {
      return new StateSnapshot(engine.snapshot());
    } finally {
      swap.readLock().unlock();
    }
  }

  /// Freezes the state and begins to write it into a folder, for libraries whose snapshots are
  /// files. Reads go on; where the engine's checkpoints are hard links, applying waits until they
  /// are made.
  ///
  /// @param folder exists, on the same file system as the store, and holds no export yet
  public StateExport export(Path folder) {
    swap.readLock().lock();
    try {
      if (engine.traits().checkpoint() == EngineTraits.CheckpointKind.COPIED) {
        StateSnapshot snapshot = new StateSnapshot(engine.snapshot());
        return new StateExport(
            directory.disk(), folder, engineName(), snapshot.applied(), snapshot);
      }
      applying.writeLock().lock();
      try {
        SortedMap<Long, Applied> applied = applied(engine);
        engine.checkpoint(folder.resolve(StateFolder.CHECKPOINT));
        return new StateExport(directory.disk(), folder, engineName(), applied, null);
      } finally {
        applying.writeLock().unlock();
      }
    } finally {
      swap.readLock().unlock();
    }
  }

  private String engineName() {
    return configuration.getOrDefault(Engines.ENGINE_KEY, "");
  }

  static SortedMap<Long, Applied> applied(Reader reader) {
    SortedMap<Long, Applied> applied = new TreeMap<>();
    for (long group : groups(reader)) {
      applied.put(group, applied(reader, group));
    }
    return applied;
  }

  /// Puts an exported state in place of everything, as one step, unless every group of it is
  /// applied here as far already. The folder is not changed. An export of another engine is taken
  /// too when that engine is on the class path.
  ///
  /// @return whether anything was changed
  /// @throws StorageException.Corrupt when the folder's files are damaged; nothing was changed
  public boolean importFrom(Path folder) {
    StateFolder facts = StateFolder.read(directory.disk(), folder);
    if (covers(facts.applied())) {
      return false;
    }
    StateImport source = new StateImport(directory.disk(), folder, facts);
    boolean checkpoint = facts.kind() == StateFolder.Kind.CHECKPOINT;
    if (checkpoint && facts.engine().equals(engineName())) {
      importCheckpoint(source);
      return true;
    }
    Path scratch = directory.file(SCRATCH);
    try (StateInstallation installation = install()) {
      if (checkpoint) {
        clear(scratch);
        source.feedFromEngine(installation, scratch, environment);
        clear(scratch);
      } else {
        source.feedChunks(installation);
      }
      installation.finish();
    }
    return true;
  }

  private boolean covers(Map<Long, Applied> applied) {
    for (Map.Entry<Long, Applied> group : applied.entrySet()) {
      if (applied(group.getKey()).index() < group.getValue().index()) {
        return false;
      }
    }
    return true;
  }

  private void importCheckpoint(StateImport source) {
    installing.lock();
    try {
      long next = number + 1;
      Path target = directories.path(next);
      clear(target);
      source.copyCheckpoint(target);
      replace(Engines.open(target, configuration, environment), next);
    } finally {
      installing.unlock();
    }
  }

  /// Puts a checkpoint of the same engine in place of everything, as one step: a crash leaves the
  /// old state or the new one. The checkpoint itself is left as it is, but for its lock file.
  public void install(Path checkpoint) {
    installing.lock();
    try {
      long next = number + 1;
      Path target = directories.path(next);
      clear(target);
      try (Engine source = Engines.open(checkpoint, configuration, environment)) {
        source.checkpoint(target);
      }
      Engine fresh = Engines.open(target, configuration, environment);
      replace(fresh, next);
    } finally {
      installing.unlock();
    }
  }

  /// Begins an installation from chunks of a [StateSnapshot], of any engine. Nothing is changed
  /// until it is finished. One at a time.
  public StateInstallation install() {
    installing.lock();
    try {
      long next = number + 1;
      Path target = directories.path(next);
      clear(target);
      return new StateInstallation(this, Engines.open(target, configuration, environment), next);
    } finally {
      installing.unlock();
    }
  }

  private void clear(Path target) {
    if (directory.disk().exists(target)) {
      directories.remove(target);
      directory.disk().syncDirectory(directory.path());
    }
  }

  void finish(Engine fresh, long next) {
    installing.lock();
    try {
      if (next != number + 1) {
        fresh.close();
        throw new IllegalStateException("another installation was finished meanwhile");
      }
      replace(fresh, next);
    } finally {
      installing.unlock();
    }
  }

  void abandon(long next) {
    installing.lock();
    try {
      if (next == number + 1) {
        clear(directories.path(next));
      }
    } finally {
      installing.unlock();
    }
  }

  private void replace(Engine fresh, long next) {
    try {
      fresh.flush();
      directory.disk().syncDirectory(directory.path());
      directories.switchTo(next);
    } catch (RuntimeException e) {
      fresh.close();
      throw e;
    }
    Engine old;
    swap.writeLock().lock();
    try {
      old = engine;
      engine = fresh;
      number = next;
    } finally {
      swap.writeLock().unlock();
    }
    old.close();
    directories.keepOnly(next);
  }

  /// Closes the engine. A second call does nothing.
  @Override
  public void close() {
    swap.writeLock().lock();
    try {
      engine.close();
    } finally {
      directory.close();
      swap.writeLock().unlock();
    }
  }
}
