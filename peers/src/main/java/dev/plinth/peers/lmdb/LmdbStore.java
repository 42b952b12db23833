package dev.plinth.peers.lmdb;

import dev.plinth.spi.StorageException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lmdbjava.Cursor;
import org.lmdbjava.Dbi;
import org.lmdbjava.DbiFlags;
import org.lmdbjava.Env;
import org.lmdbjava.EnvFlags;
import org.lmdbjava.LmdbException;
import org.lmdbjava.PutFlags;
import org.lmdbjava.Txn;

/// An open LMDB environment with the databases of one store, and a count of its commits.
///
/// With applied indexes there are two named databases, `entries` and `applied`; without, the
/// entries lie in the unnamed one. LMDB allows one write transaction at a time and ties it to its
/// thread: the caller holds a lock from [#begin] to the end of it.
final class LmdbStore {
  private static final ValueLayout.OfLong NUMBER =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  private static final byte[] ENTRIES = "entries".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] APPLIED = "applied".getBytes(StandardCharsets.US_ASCII);
  private static final PutFlags[] PLAIN = {};

  private final Path directory;
  private final Env<Window> env;
  private final Dbi<Window> entries;
  private final @Nullable Dbi<Window> applied;
  private final SyncSwitch syncSwitch;
  private final MemorySegment scratch = Arena.ofAuto().allocate(16, 8);
  private final Window scratchKey = new Window();
  private final Window scratchValue = new Window();
  private volatile long generation;

  private LmdbStore(Path directory, Env<Window> env, boolean appliedIndex) {
    this.directory = directory;
    this.env = env;
    if (appliedIndex) {
      entries = env.openDbi(ENTRIES, DbiFlags.MDB_CREATE);
      applied = env.openDbi(APPLIED, DbiFlags.MDB_CREATE);
    } else {
      entries = env.openDbi((byte[]) null);
      applied = null;
    }
    syncSwitch = new SyncSwitch(env);
  }

  /// Opens or creates a store.
  static LmdbStore open(Path directory, LmdbSettings settings) {
    List<EnvFlags> flags = new ArrayList<>(List.of(EnvFlags.MDB_NOTLS, EnvFlags.MDB_NOMEMINIT));
    if (settings.writeMap()) {
      flags.add(EnvFlags.MDB_WRITEMAP);
    }
    if (!settings.readAhead()) {
      flags.add(EnvFlags.MDB_NORDAHEAD);
    }
    Env<Window> env =
        Env.create(new WindowProxy())
            .setMapSize(settings.mapBytes())
            .setMaxReaders(settings.readersMax())
            .setMaxDbs(2)
            .open(directory.toFile(), flags.toArray(new EnvFlags[0]));
    try {
      requireLayout(directory, env, settings.appliedIndex());
      return new LmdbStore(directory, env, settings.appliedIndex());
    } catch (RuntimeException e) {
      env.close();
      throw e;
    }
  }

  /// Counts commits: odd while one is under way, when a reader cannot tell what it shows.
  long generation() {
    return generation;
  }

  static boolean isCommitting(long generation) {
    return (generation & 1) != 0;
  }

  /// Begins a read transaction.
  Txn<Window> newRead() {
    try {
      return env.txnRead();
    } catch (LmdbException e) {
      throw translated(e);
    }
  }

  /// Begins a write transaction that [#commit] or closing it ends.
  ///
  /// @param sync whether its commit is synced
  Txn<Window> begin(boolean sync) {
    syncSwitch.set(sync);
    return env.txnWrite();
  }

  /// Makes a write transaction visible.
  void commit(Txn<Window> txn) {
    long before = generation;
    generation = before + 1;
    try {
      txn.commit();
    } finally {
      generation = before + 2;
    }
  }

  @Nullable Window get(Txn<Window> txn, Window key) {
    return entries.get(txn, key);
  }

  void put(Txn<Window> txn, Window key, Window value, PutFlags... flags) {
    entries.put(txn, key, value, flags);
  }

  void delete(Txn<Window> txn, Window key) {
    entries.delete(txn, key);
  }

  void deleteAll(Txn<Window> txn) {
    entries.drop(txn, false);
  }

  Cursor<Window> cursor(Txn<Window> txn) {
    return entries.openCursor(txn);
  }

  long entries(Txn<Window> txn) {
    return entries.stat(txn).entries;
  }

  int depth(Txn<Window> txn) {
    return entries.stat(txn).depth;
  }

  /// Stores a number of ours in the transaction of the data it belongs to.
  void putNumber(Txn<Window> txn, long key, long value) {
    scratch.set(NUMBER, 0, key);
    scratch.set(NUMBER, 8, value);
    scratchKey.at(scratch.address(), 8);
    scratchValue.at(scratch.address() + 8, 8);
    requireNumbers().put(txn, scratchKey, scratchValue, PLAIN);
  }

  /// The database of numbers.
  ///
  /// @throws StorageException.Unsupported when this store keeps none
  Dbi<Window> requireNumbers() {
    if (applied == null) {
      throw new StorageException.Unsupported(
          directory + ": keeps no applied indexes; create the store with applied.index = on");
    }
    return applied;
  }

  boolean keepsNumbers() {
    return applied != null;
  }

  /// Shows every number stored by [#putNumber].
  void forEachNumber(NumberVisitor visitor) {
    if (applied == null) {
      return;
    }
    try (Txn<Window> txn = env.txnRead();
        Cursor<Window> cursor = applied.openCursor(txn)) {
      for (boolean more = cursor.first(); more; more = cursor.next()) {
        visitor.number(
            Window.SHOWN.get(NUMBER, cursor.key().address()),
            Window.SHOWN.get(NUMBER, cursor.val().address()));
      }
    }
  }

  /// Makes all commits durable.
  void sync() {
    env.sync(true);
  }

  long lastTransaction() {
    return env.info().lastTransactionId;
  }

  /// The bytes of the pages that were ever used; with a write map the file is larger, and sparse.
  long usedBytes() {
    return (env.info().lastPageNumber + 1) * env.stat().pageSize;
  }

  int readers() {
    return env.info().numReaders;
  }

  void copy(Path target) {
    env.copy(target.toFile());
  }

  void close() {
    env.close();
  }

  StorageException translated(LmdbException e) {
    return LmdbErrors.translate(directory, e);
  }

  /// Receives the numbers of a store.
  interface NumberVisitor {
    void number(long key, long value);
  }

  private static void requireLayout(Path directory, Env<Window> env, boolean named) {
    if (env.stat().entries > 0 && named != hasNamed(env)) {
      throw new StorageException.InvalidConfiguration(
          directory + ": was created with applied.index = " + (named ? "off" : "on"));
    }
  }

  private static boolean hasNamed(Env<Window> env) {
    try {
      env.openDbi(APPLIED);
      return true;
    } catch (Dbi.KeyNotFoundException | Dbi.IncompatibleException e) {
      return false;
    }
  }
}
