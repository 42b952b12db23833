package dev.plinth.kit.manifest;

import dev.plinth.kit.log.LogFormat;
import dev.plinth.spi.ByteCause;
import dev.plinth.spi.StorageException;
import dev.plinth.spi.disk.Disk;
import dev.plinth.spi.disk.DiskFile;
import dev.plinth.spi.disk.OpenMode;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// The list of edits that says which files make up a store. An edit is committed when it is synced;
/// a crash leaves all of it or nothing.
///
/// Threads: any may commit; edits that come while another is being synced share one write and one
/// sync. The committing thread does the work, so a virtual thread keeps its carrier meanwhile.
/// Edits are installed one at a time, in the order in which they stand in the file.
///
/// Growth: when the file is longer than its limit (and twice its snapshot), the next commit first
/// writes a new one that begins with a snapshot: new file, sync, sync folder, `CURRENT.tmp`, sync,
/// rename to `CURRENT`, sync folder, delete the old one.
///
/// Failures: as of a log: a write or sync that fails is final and gives [StorageException.Poisoned]
/// from then on.
public final class ManifestLog implements AutoCloseable {
  private final Disk disk;
  private final Path directory;
  private final long store;
  private final long bytesMax;
  private final SnapshotSource source;
  private final ManifestReader reader;
  private final SecureRandom random = new SecureRandom();

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private List<Pending> queue = new ArrayList<>();
  private boolean leading;
  private boolean closed;
  private @Nullable StorageException failure;

  /// Used by the one who leads, and when nobody does.
  private ManifestFile file;

  private long snapshotBytes;
  private long bytes;
  private long number;

  private ManifestLog(
      Disk disk,
      Path directory,
      long store,
      long bytesMax,
      EditVisitor visitor,
      SnapshotSource source) {
    this.disk = disk;
    this.directory = directory;
    this.store = store;
    this.bytesMax = bytesMax;
    this.source = source;
    this.reader = new ManifestReader(disk, directory, store);
    long current = reader.current();
    if (current < 0) {
      deleteOthers(-1);
      this.file = create(1);
    } else {
      this.file = resume(reader.read(current, visitor));
      deleteOthers(current);
    }
    this.bytes = file.bytes();
    this.number = file.number();
  }

  /// Opens the manifest of a store, or makes the first one.
  ///
  /// @param directory the store's folder, which exists and is locked by the caller
  /// @param store the store's identity
  /// @param bytesMax about how long a manifest may grow before a new one is begun
  /// @param visitor shown the edits that are there, snapshots first
  /// @param source asked for the whole state when a new manifest is begun, also the very first
  /// @throws StorageException.Corrupt when `CURRENT` or a committed edit is damaged or missing;
  ///   nothing was changed
  public static ManifestLog open(
      Disk disk,
      Path directory,
      long store,
      long bytesMax,
      EditVisitor visitor,
      SnapshotSource source) {
    if (bytesMax < 1) {
      throw new StorageException.InvalidConfiguration(
          "bytesMax = " + bytesMax + ": a positive size is expected");
    }
    return new ManifestLog(disk, directory, store, bytesMax, visitor, source);
  }

  private ManifestFile resume(ManifestReader.Found found) {
    // The name may be visible without being durable: when the process ended but not the machine,
    // or when the sync of the folder failed, and what that lost does not come back with another.
    try {
      switchTo(found.number());
    } catch (StorageException.NoSpace e) {
      // A store must open on a full disk.
      disk.syncDirectory(directory);
    }
    reader.repair(found);
    DiskFile opened = disk.open(reader.path(found.number()), OpenMode.WRITE);
    return new ManifestFile(opened, found.number(), found.seed(), found.end());
  }

  private void deleteOthers(long current) {
    for (long number : reader.numbers()) {
      if (number != current) {
        disk.delete(reader.path(number));
      }
    }
    Path half = directory.resolve(ManifestFormat.CURRENT_NEW);
    if (disk.exists(half)) {
      disk.delete(half);
    }
  }

  /// Writes a manifest with the whole state and makes it the one that counts.
  private ManifestFile create(long number) {
    Path path = reader.path(number);
    DiskFile opened = disk.open(path, OpenMode.CREATE);
    try {
      ManifestFile created = ManifestFile.begin(opened, store, number, random.nextLong());
      source.write(
          (segment, offset, length) -> {
            created.add(ManifestFormat.SNAPSHOT, segment, offset, length);
            created.writeWhenLong();
          });
      created.addWatermark();
      created.write();
      created.syncAll();
      disk.syncDirectory(directory);
      switchTo(number);
      snapshotBytes = created.bytes();
      return created;
    } catch (RuntimeException e) {
      opened.close();
      throw e;
    }
  }

  private void switchTo(long number) {
    Path half = directory.resolve(ManifestFormat.CURRENT_NEW);
    if (disk.exists(half)) {
      disk.delete(half);
    }
    MemorySegment text = MemorySegment.ofArray(ManifestFormat.current(store, number));
    try (DiskFile current = disk.open(half, OpenMode.CREATE)) {
      current.write(0, text, 0, text.byteSize(), ByteCause.MANIFEST);
      current.syncAll();
    }
    disk.rename(half, directory.resolve(ManifestFormat.CURRENT));
    disk.syncDirectory(directory);
  }

  /// Commits an edit: durable when this returns.
  ///
  /// @param edit holds the edit; used during the call only
  public void commit(MemorySegment edit, long offset, int length) {
    commit(edit, offset, length, () -> {});
  }

  /// Commits an edit and installs it: durable and installed when this returns.
  ///
  /// @param installed applies the edit to the state that the [SnapshotSource] describes; called
  ///   once, after the edit is durable, on some committing thread, in the order of the edits. It
  ///   must not commit
  /// @throws StorageException.Poisoned when it, or an earlier one, could not be made durable
  public void commit(MemorySegment edit, long offset, int length, Runnable installed) {
    if (length > LogFormat.BODY_BYTES_MAX) {
      throw new StorageException.LimitExceeded(
          "an edit of " + length + " bytes: edits have at most " + LogFormat.BODY_BYTES_MAX);
    }
    Pending mine =
        new Pending(edit.asSlice(offset, length).toArray(ValueLayout.JAVA_BYTE), installed);
    lock.lock();
    try {
      requireOpen();
      queue.add(mine);
      while (!mine.done) {
        requireHealthy();
        if (leading) {
          changed.awaitUninterruptibly();
        } else {
          lead();
        }
      }
    } finally {
      lock.unlock();
    }
  }

  /// Commits all that is queued. The lock is held, and given up meanwhile.
  private void lead() {
    List<Pending> group = queue;
    queue = new ArrayList<>();
    leading = true;
    lock.unlock();
    StorageException cause = null;
    try {
      write(group);
    } catch (StorageException e) {
      cause = e;
    } catch (Throwable t) {
      cause = new StorageException.Io("the manifest could not be written: " + t, t);
    } finally {
      lock.lock();
    }
    leading = false;
    if (cause == null) {
      group.forEach(Pending::finish);
      bytes = file.bytes();
      number = file.number();
    } else {
      failure = cause;
    }
    changed.signalAll();
  }

  private void write(List<Pending> group) {
    if (file.bytes() > Math.max(bytesMax, 2 * snapshotBytes)) {
      roll();
    }
    if (group.isEmpty()) {
      return;
    }
    file.addWatermark();
    for (Pending pending : group) {
      file.add(ManifestFormat.EDIT, MemorySegment.ofArray(pending.edit), 0, pending.edit.length);
    }
    file.write();
    file.syncData();
    for (Pending pending : group) {
      pending.installed.run();
    }
  }

  private void roll() {
    ManifestFile old = file;
    file = create(old.number() + 1);
    old.close();
    disk.delete(reader.path(old.number()));
  }

  private void requireOpen() {
    if (closed) {
      throw new StorageException.Closed("the manifest was closed");
    }
  }

  private void requireHealthy() {
    StorageException cause = failure;
    if (cause != null) {
      throw new StorageException.Poisoned(
          "the manifest takes no more edits since a write or sync failed: "
              + cause.getMessage()
              + "; close and reopen the store",
          cause);
    }
  }

  /// How long the manifest is.
  public long bytes() {
    lock.lock();
    try {
      return bytes;
    } finally {
      lock.unlock();
    }
  }

  /// The number of the manifest that counts.
  public long number() {
    lock.lock();
    try {
      return number;
    } finally {
      lock.unlock();
    }
  }

  /// Closes without writing: for a store that is refused and must stay as it is. No edit may be in
  /// progress.
  public void abandon() {
    lock.lock();
    try {
      if (!closed) {
        closed = true;
        file.close();
      }
    } finally {
      lock.unlock();
    }
  }

  /// Marks the end as clean and closes. A manifest that failed closes without writing. A second
  /// call does nothing.
  @Override
  public void close() {
    lock.lock();
    try {
      if (closed) {
        return;
      }
      closed = true;
      while (leading || (!queue.isEmpty() && failure == null)) {
        changed.awaitUninterruptibly();
      }
      try {
        if (failure == null) {
          file.addClose();
          file.write();
          file.syncData();
        }
      } finally {
        file.close();
      }
    } finally {
      lock.unlock();
    }
  }

  private static final class Pending {
    private final byte[] edit;
    private final Runnable installed;
    private boolean done;

    Pending(byte[] edit, Runnable installed) {
      this.edit = edit;
      this.installed = installed;
    }

    private void finish() {
      done = true;
    }
  }
}
