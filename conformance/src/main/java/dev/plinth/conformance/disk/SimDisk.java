package dev.plinth.conformance.disk;

import dev.plinth.spi.StorageException;
import dev.plinth.spi.disk.Disk;
import dev.plinth.spi.disk.DiskFile;
import dev.plinth.spi.disk.OpenMode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// A disk in memory that forgets what was not synced: the place where engines crash.
///
/// It behaves like a POSIX file system at its most forgetful. Bytes and sizes are durable after a
/// sync of their file, names after a sync of their folder, and [#crash(CrashState)] gives the disk
/// that a machine would find when its power comes back. After a failed sync ([#failSync]) the bytes
/// can be read until the crash and are gone then, also when a later sync succeeds.
///
/// Every call that changes something is a *step*; steps are numbered from 1. A disk can be told to
/// lose power at a step, or to show every step to a watcher that takes an [#image()] of it, so that
/// one run of a script gives the crash states of all its steps.
///
/// Threads: every method may be called by any thread; calls take turns.
public final class SimDisk implements Disk {
  /// The unit in which a crash keeps or loses bytes.
  public static final int SECTOR_BYTES = 512;

  private static final long USABLE_BYTES_UNLIMITED = 1L << 40;
  private static final int ROUNDING_BYTES = 4096;

  private final Storage storage;
  private final Set<Path> locks = new HashSet<>();
  private final List<String> log = new ArrayList<>();
  private final List<String> violations = new ArrayList<>();
  private @Nullable Watcher watcher;
  private @Nullable String death;
  private boolean logging;
  private long steps;
  private long inFlightStamp;
  private long stopStep = Long.MAX_VALUE;
  private long capacityBytes = Long.MAX_VALUE;

  /// An empty disk without limits.
  public SimDisk() {
    this(new Storage());
  }

  private SimDisk(Storage storage) {
    this.storage = storage;
  }

  /// Told of every step before it takes effect.
  @FunctionalInterface
  public interface Watcher {
    /// Called with the disk's monitor held, on the thread that makes the step. The operation counts
    /// as begun: a crash may keep it, a part of it, or nothing.
    ///
    /// @param step the number of the step
    /// @param operation what is being done, for people
    void step(SimDisk disk, long step, String operation);
  }

  /// Shows every following step to a watcher; null ends that.
  public synchronized void watch(@Nullable Watcher newWatcher) {
    watcher = newWatcher;
  }

  /// Keeps a line for every following step in [#log()].
  public synchronized SimDisk logSteps() {
    logging = true;
    return this;
  }

  /// What was done since [#logSteps()], one line a step.
  public synchronized List<String> log() {
    return new ArrayList<>(log);
  }

  /// Rules of [Disk] that its user broke: bytes changed or cut while they were mapped.
  public synchronized List<String> violations() {
    return new ArrayList<>(violations);
  }

  /// How many steps were made.
  public synchronized long steps() {
    return steps;
  }

  /// Loses power at a step: it begins but does not return, and every call from then on fails.
  public synchronized SimDisk stopAt(long step) {
    stopStep = step;
    return this;
  }

  /// Refuses growth over a size with `NoSpace`; sizes count in units of 4 KiB. Reserved room and
  /// gaps count as well, and so do deleted files that are still open.
  public synchronized SimDisk capacity(long bytes) {
    capacityBytes = bytes;
    return this;
  }

  /// How much of the capacity is in use.
  public synchronized long usedBytes() {
    long used = 0;
    for (Node node : storage.nodes.values()) {
      if (node instanceof Node.File file && (file.links > 0 || file.handles > 0)) {
        used += rounded(file.current.size());
      }
    }
    return used;
  }

  /// Whether power was lost or a crash taken.
  public synchronized boolean isDead() {
    return death != null;
  }

  /// Ends this disk: every call fails from now on.
  public synchronized void kill(String reason) {
    if (death == null) {
      death = reason;
    }
  }

  /// Ends this disk and gives what is found afterwards. May be called again, with another state, to
  /// see what else could have been found.
  public synchronized SimDisk crash(CrashState state) {
    kill("the machine crashed");
    return new SimDisk(Survival.of(storage, state, inFlightStamp));
  }

  /// A dead copy of this moment, to be crashed later; this disk goes on. Cheap: pages are shared.
  public synchronized SimDisk image() {
    SimDisk copy = new SimDisk(storage.copy());
    copy.storage.count();
    copy.death = "this is an image";
    copy.inFlightStamp = inFlightStamp;
    return copy;
  }

  /// Changes one byte behind everybody's back, durable at once: damage of the medium.
  public synchronized void damage(Path path, long offset, byte value) {
    Node.File file = file(path);
    file.current.write(offset, new byte[] {value}, 0, 1);
    if (offset < file.stable.size()) {
      file.stable.write(offset, new byte[] {value}, 0, 1);
    }
  }

  /// Makes the next sync of a file or folder look failed: what is unsynced in it can still be read
  /// and is gone after a crash, whatever is synced later.
  public synchronized void failSync(Path path) {
    requirePower();
    int id = find(path);
    if (id != 0 && storage.node(id) instanceof Node.File file) {
      file.abandon();
    } else {
      storage.names.replaceAll(
          names ->
              names.entries().stream().anyMatch(entry -> entry.directory() == id)
                  ? new Unsynced.Names(names.stamp(), names.entries(), true)
                  : names);
    }
  }

  /// What tells one content of a disk from another: names, sizes and bytes as they can be read now.
  /// Equal contents may have different prints, when files were made in another order; that
  /// different ones have the same print is as unlikely as 64 bits make it.
  public record Print(long value) {}

  /// The print of what can be read now.
  public synchronized Print print() {
    return new Print(storage.print());
  }

  /// Every file and folder below a folder with its content, for comparisons; folders have null.
  public synchronized Map<String, byte @Nullable []> content(Path directory) {
    Map<String, byte @Nullable []> all = new java.util.TreeMap<>();
    int id = find(directory);
    if (id != 0) {
      collect("", id, all);
    }
    return all;
  }

  private void collect(String prefix, int id, Map<String, byte @Nullable []> all) {
    for (Map.Entry<String, Integer> entry : storage.directory(id).current().entrySet()) {
      String name = prefix + entry.getKey();
      switch (storage.node(entry.getValue())) {
        case Node.Directory _ -> {
          all.put(name, null);
          collect(name + "/", entry.getValue(), all);
        }
        case Node.File file -> all.put(name, file.current.bytes(0, (int) file.current.size()));
      }
    }
  }

  @Override
  public synchronized DiskFile open(Path path, OpenMode mode) {
    requirePower();
    int id = find(path);
    if (mode == OpenMode.CREATE) {
      if (id != 0) {
        throw new StorageException.Io(path + ": already exists", null);
      }
      requireSpace(path, 0);
      int parent = parent(path);
      int created = storage.addFile();
      names(() -> "create " + path, List.of(new Unsynced.Entry(parent, name(path), created)));
      return handle(path, created, true);
    }
    if (id == 0 || !(storage.node(id) instanceof Node.File)) {
      throw new StorageException.Io(path + ": no such file", null);
    }
    return handle(path, id, mode == OpenMode.WRITE);
  }

  private SimFile handle(Path path, int id, boolean writable) {
    Node.File file = (Node.File) storage.node(id);
    file.handles++;
    return new SimFile(this, path, file, writable);
  }

  @Override
  public synchronized boolean exists(Path path) {
    requirePower();
    return find(path) != 0;
  }

  @Override
  public synchronized long size(Path path) {
    requirePower();
    return file(path).current.size();
  }

  @Override
  public synchronized List<String> list(Path directory) {
    requirePower();
    int id = find(directory);
    if (id == 0) {
      return List.of();
    }
    if (!(storage.node(id) instanceof Node.Directory folder)) {
      throw new StorageException.Io(directory + ": not a folder", null);
    }
    return new ArrayList<>(folder.current().keySet());
  }

  @Override
  public synchronized void createDirectories(Path directory) {
    requirePower();
    int at = Storage.ROOT;
    for (Path part : directory.normalize()) {
      if (!(storage.node(at) instanceof Node.Directory folder)) {
        throw new StorageException.Io(directory + ": a part of it is a file", null);
      }
      Integer next = folder.current().get(part.toString());
      if (next == null) {
        int created = storage.addDirectory();
        names(
            () -> "create folder " + part + " of " + directory,
            List.of(new Unsynced.Entry(at, part.toString(), created)));
        next = created;
      }
      at = next;
    }
    if (!(storage.node(at) instanceof Node.Directory)) {
      throw new StorageException.Io(directory + ": exists and is a file", null);
    }
  }

  @Override
  public synchronized void rename(Path from, Path to) {
    requirePower();
    int id = require(from);
    int target = find(to);
    if (target == id) {
      return;
    }
    if (target != 0 && storage.node(target) instanceof Node.Directory folder) {
      if (!folder.current().isEmpty() || storage.node(id) instanceof Node.File) {
        throw new StorageException.Io(to + ": is a folder and cannot be replaced", null);
      }
    }
    names(
        () -> "rename " + from + " to " + to,
        List.of(
            new Unsynced.Entry(parent(from), name(from), 0),
            new Unsynced.Entry(parent(to), name(to), id)));
  }

  @Override
  public synchronized void delete(Path path) {
    requirePower();
    int id = require(path);
    if (storage.node(id) instanceof Node.Directory folder && !folder.current().isEmpty()) {
      throw new StorageException.Io(path + ": is not empty", null);
    }
    names(() -> "delete " + path, List.of(new Unsynced.Entry(parent(path), name(path), 0)));
  }

  @Override
  public synchronized void link(Path existing, Path link) {
    requirePower();
    Node.File file = file(existing);
    if (find(link) != 0) {
      throw new StorageException.Io(link + ": already exists", null);
    }
    names(
        () -> "link " + existing + " as " + link,
        List.of(new Unsynced.Entry(parent(link), name(link), file.id)));
  }

  @Override
  public synchronized void syncDirectory(Path directory) {
    requirePower();
    int id = require(directory);
    if (!(storage.node(id) instanceof Node.Directory folder)) {
      throw new StorageException.Io(directory + ": not a folder", null);
    }
    step(() -> "sync folder " + directory);
    List<Unsynced.Names> rest = new ArrayList<>();
    for (Unsynced.Names names : storage.names) {
      List<Unsynced.Entry> others = new ArrayList<>();
      for (Unsynced.Entry entry : names.entries()) {
        if (entry.directory() != id) {
          others.add(entry);
        } else if (!names.abandoned()) {
          put(folder.stable(), entry);
        }
      }
      if (!others.isEmpty()) {
        rest.add(new Unsynced.Names(names.stamp(), others, names.abandoned()));
      }
    }
    storage.names.clear();
    storage.names.addAll(rest);
    storage.prune();
  }

  @Override
  public synchronized Lock lock(Path path) {
    requirePower();
    Path normal = path.normalize();
    if (locks.contains(normal)) {
      throw new StorageException.Locked(path + ": locked by someone else; close that first");
    }
    if (find(path) == 0) {
      open(path, OpenMode.CREATE).close();
    }
    locks.add(normal);
    boolean[] held = {true};
    return () -> {
      synchronized (this) {
        if (held[0]) {
          held[0] = false;
          locks.remove(normal);
        }
      }
    };
  }

  @Override
  public synchronized long usableBytes(Path directory) {
    requirePower();
    return capacityBytes == Long.MAX_VALUE
        ? USABLE_BYTES_UNLIMITED
        : Math.max(0, capacityBytes - usedBytes());
  }

  void requirePower() {
    if (death != null) {
      throw new StorageException.Io("the simulated disk is off: " + death, null);
    }
  }

  /// Counts a step; from here on a crash may find the operation done.
  ///
  /// @param operation what is being done, for people; asked for only when somebody listens
  void step(Supplier<String> operation) {
    steps++;
    if (logging) {
      log.add(steps + " " + operation.get());
    }
    if (watcher != null) {
      watcher.step(this, steps, operation.get());
    }
    if (steps >= stopStep) {
      kill("power was lost at step " + steps);
      requirePower();
    }
  }

  void data(Supplier<String> operation, Node.File file, Unsynced.Data data) {
    file.unsynced.add(data);
    inFlightStamp = data.stamp();
    step(operation);
    inFlightStamp = 0;
  }

  long stamp() {
    return storage.stamp();
  }

  void requireSpace(Path path, long more) {
    if (capacityBytes != Long.MAX_VALUE && usedBytes() + more > capacityBytes) {
      throw new StorageException.NoSpace(path + ": no space left on the simulated disk", null);
    }
  }

  static long rounded(long size) {
    return (size + ROUNDING_BYTES - 1) / ROUNDING_BYTES * ROUNDING_BYTES;
  }

  void requireUnmapped(Node.File file, Path path, String what, long offset, long length) {
    for (Node.File.Mapping mapping : file.mappings) {
      if (offset < mapping.offset() + mapping.length()
          && mapping.offset() < offset + length
          && mapping.isAlive()) {
        String text = path + ": " + what + " of mapped bytes from " + offset;
        violations.add(text);
        throw new IllegalStateException(text);
      }
    }
  }

  void closed(Node.File file) {
    file.handles--;
  }

  private void names(Supplier<String> operation, List<Unsynced.Entry> entries) {
    inFlightStamp = storage.stamp();
    storage.names.add(new Unsynced.Names(inFlightStamp, entries, false));
    step(operation);
    inFlightStamp = 0;
    for (Unsynced.Entry entry : entries) {
      Map<String, Integer> current = storage.directory(entry.directory()).current();
      Integer before = current.get(entry.name());
      if (before != null && storage.node(before) instanceof Node.File file) {
        file.links--;
      }
      if (entry.node() != 0 && storage.node(entry.node()) instanceof Node.File file) {
        file.links++;
      }
      put(current, entry);
    }
  }

  private static void put(Map<String, Integer> entries, Unsynced.Entry entry) {
    if (entry.node() == 0) {
      entries.remove(entry.name());
    } else {
      entries.put(entry.name(), entry.node());
    }
  }

  private Node.File file(Path path) {
    if (storage.node(require(path)) instanceof Node.File file) {
      return file;
    }
    throw new StorageException.Io(path + ": is a folder", null);
  }

  private int require(Path path) {
    int id = find(path);
    if (id == 0) {
      throw new StorageException.Io(path + ": no such file or folder", null);
    }
    return id;
  }

  private int find(Path path) {
    int at = Storage.ROOT;
    for (Path part : path.normalize()) {
      if (!(storage.nodes.get(at) instanceof Node.Directory folder)) {
        return 0;
      }
      Integer next = folder.current().get(part.toString());
      if (next == null) {
        return 0;
      }
      at = next;
    }
    return at;
  }

  private int parent(Path path) {
    Path folder = path.normalize().getParent();
    int id = folder == null ? Storage.ROOT : find(folder);
    if (id == 0 || !(storage.node(id) instanceof Node.Directory)) {
      throw new StorageException.Io(path + ": its folder does not exist", null);
    }
    return id;
  }

  private static String name(Path path) {
    Path name = path.normalize().getFileName();
    if (name == null) {
      throw new StorageException.Io(path + ": names no file", null);
    }
    return name.toString();
  }
}
