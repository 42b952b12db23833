package dev.plinth.engine.btree;

import dev.plinth.kit.directory.EngineDirectory;
import dev.plinth.kit.disk.MeteredDisk;
import dev.plinth.kit.disk.SystemDisk;
import dev.plinth.kit.epoch.Epochs;
import dev.plinth.kit.log.LogOptions;
import dev.plinth.kit.log.LogVisitor;
import dev.plinth.kit.log.LogWriter;
import dev.plinth.kit.memory.Crc32c;
import dev.plinth.kit.work.BackgroundWork;
import dev.plinth.spi.ByteCause;
import dev.plinth.spi.Engine;
import dev.plinth.spi.EngineEnvironment;
import dev.plinth.spi.EngineEvent;
import dev.plinth.spi.EngineOptions;
import dev.plinth.spi.StorageException;
import dev.plinth.spi.disk.Disk;
import dev.plinth.spi.disk.DiskFile;
import dev.plinth.spi.disk.OpenMode;
import dev.plinth.spi.disk.ReadAdvice;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Opens or makes a B-tree: the directory, the newest meta, the walk that finds free pages, the
/// redo log.
///
/// A file that was only written and not synced when its process was killed may still be lost by a
/// crash of the machine; so the newest meta is written and synced once more before anything builds
/// on it.
final class Opening {
  /// The name of the tree's file.
  static final String TREE = "TREE";

  /// The name of a file whose room is given up when the store opens on a full disk.
  static final String RESERVE = "RESERVE";

  private static final long RESERVE_BYTES = 256 << 10;
  private static final String UNFINISHED = "TREE.new";
  private static final String LOG_SUFFIX = ".log";
  private static final long SLACK_FRAMES = 1024;

  private final Path path;
  private final EngineOptions engineOptions;
  private final BtreeOptions options;
  private final EngineEnvironment environment;
  private final SpaceFactory spaces;
  private final MeteredDisk disk;
  private final long start = System.nanoTime();
  private final List<Runnable> undo = new ArrayList<>();
  private long replayed;
  private boolean reserveGivenUp;

  /// Makes the allocator; another one in tests of the laboratory.
  @FunctionalInterface
  interface SpaceFactory {
    /// As the constructor of [Space].
    Space make(DiskFile file, PageCache cache, Epochs epochs, int pageBytes, long bytesMax);
  }

  private Opening(
      Path path, EngineOptions engineOptions, EngineEnvironment environment, SpaceFactory spaces) {
    this.path = path;
    this.engineOptions = engineOptions;
    this.options = BtreeOptions.of(engineOptions);
    this.environment = environment;
    this.spaces = spaces;
    Disk given = environment.disk();
    this.disk = new MeteredDisk(given == null ? new SystemDisk() : given);
  }

  static Engine open(
      Path path, EngineOptions options, EngineEnvironment environment, SpaceFactory spaces) {
    if (ByteOrder.nativeOrder() != ByteOrder.LITTLE_ENDIAN) {
      throw new StorageException.Unsupported("the engine btree needs a little-endian machine");
    }
    Opening opening = new Opening(path, options, environment, spaces);
    boolean good = false;
    try {
      Engine engine = opening.run();
      good = true;
      return engine;
    } finally {
      if (!good) {
        opening.undo();
      }
    }
  }

  /// What the records of a store's log mix into their checksums.
  static long logStore(EngineDirectory directory) {
    return directory.storeId().getMostSignificantBits()
        ^ directory.storeId().getLeastSignificantBits();
  }

  private void undo() {
    for (int i = undo.size() - 1; i >= 0; i--) {
      try {
        undo.get(i).run();
      } catch (StorageException e) {
        System.getLogger("dev.plinth")
            .log(System.Logger.Level.WARNING, "closing after a failed open: {0}", e.getMessage());
      }
    }
  }

  private Engine run() {
    EngineDirectory directory =
        EngineDirectory.open(disk, path, BtreeProvider.NAME, PageFormat.VERSION, engineOptions);
    undo.add(directory::close);
    removeOrphans(directory);
    if (!disk.exists(directory.file(TREE))) {
      create(directory);
    } else if (!directory.created()) {
      renew(directory);
    }
    DiskFile file = disk.open(directory.file(TREE), OpenMode.WRITE);
    undo.add(file::close);
    Meta meta = Meta.readNewest(file, environment.events());
    requireMeta(file, meta);
    file.advise(0, 0, ReadAdvice.RANDOM);
    Store store = store(directory, file, meta);
    Meta current = secure(store, meta);
    return start(store, current);
  }

  private void removeOrphans(EngineDirectory directory) {
    Path orphan = directory.file(UNFINISHED);
    if (disk.exists(orphan)) {
      disk.delete(orphan);
      environment.events().accept(new EngineEvent.OrphanRemoved(orphan));
    }
  }

  /// Makes the file of an empty tree; it gets its name when it is durable.
  private void create(EngineDirectory directory) {
    for (String name : disk.list(directory.path())) {
      if (name.endsWith(LOG_SUFFIX)) {
        throw new StorageException.Corrupt(
            directory.file(TREE), 0, "the file is missing although there is a redo log");
      }
    }
    writeEmpty(directory, options.pageBytes(), new SecureRandom().nextLong());
  }

  /// Gives the file of a tree that was never committed its name once more: the sync of the folder
  /// may have failed when it was made, and what a failed sync lost does not come back with the next
  /// one. A later commit says that the name was durable.
  private void renew(EngineDirectory directory) {
    Meta meta;
    try (DiskFile file = disk.open(directory.file(TREE), OpenMode.READ)) {
      meta = Meta.readNewest(file, environment.events());
      requireMeta(file, meta);
    }
    if (meta.commit() == 0 && meta.generation() == 0 && meta.sequence() == 0) {
      try {
        writeEmpty(directory, meta.pageBytes(), meta.salt());
      } catch (StorageException.NoSpace e) {
        // A store must open on a full disk.
        disk.syncDirectory(directory.path());
      }
    }
  }

  private void writeEmpty(EngineDirectory directory, int pageBytes, long salt) {
    Path unfinished = directory.file(UNFINISHED);
    try (DiskFile file = disk.open(unfinished, OpenMode.CREATE);
        WriterMemory memory = new WriterMemory(pageBytes)) {
      PageLayout layout = new PageLayout(pageBytes);
      long number = PageFormat.FIRST_PAGE_OFFSET / pageBytes;
      PageBuilder builder = new PageBuilder(layout, memory.key(0), 2 * pageBytes);
      builder.begin(true);
      builder.write(memory.page(0), 0, 0, 0, 0, number);
      long page = memory.offset(memory.page(0));
      long identity = PageFormat.identity(salt, number);
      int crc = Crc32c.of(identity, memory.segment(), page, pageBytes);
      MemorySegment zeros = Arena.ofAuto().allocate(PageFormat.FIRST_PAGE_OFFSET, 8);
      file.write(0, zeros, 0, zeros.byteSize(), ByteCause.MANIFEST);
      file.write(number * pageBytes, memory.segment(), page, pageBytes, ByteCause.MANIFEST);
      Meta.empty(salt, pageBytes, new Tree.Root(number, crc)).write(file);
      file.syncAll();
    }
    disk.rename(unfinished, directory.file(TREE));
    disk.syncDirectory(directory.path());
  }

  private void requireMeta(DiskFile file, Meta meta) {
    int bytes = meta.pageBytes();
    if (Integer.bitCount(bytes) != 1 || bytes < 1024 || bytes > 16384) {
      throw new StorageException.Corrupt(
          file.path(), MetaFormat.PAGE_BYTES_OFFSET, "pages of " + bytes + " bytes cannot be");
    }
  }

  private Store store(EngineDirectory directory, DiskFile file, Meta meta) {
    int pageBytes = meta.pageBytes();
    Epochs epochs = new Epochs();
    long frames = (options.cacheBytes() + options.dirtyBytesMax()) / pageBytes + SLACK_FRAMES;
    PageCache cache = new PageCache(epochs, pageBytes, frames);
    undo.add(cache::close);
    TreeFile treeFile =
        new TreeFile(file, new PageLayout(pageBytes), cache, meta.salt(), environment.events());
    Space space = spaces.make(file, cache, epochs, pageBytes, options.fileBytesMax());
    GroupIndexes groups = groups(treeFile, meta);
    recoverSpace(treeFile, space, meta);
    Tree tree = new Tree(treeFile, space, meta.root(), meta.generation(), meta.content());
    undo.add(tree::close);
    Store store =
        new Store(
            directory,
            disk,
            options,
            engineOptions,
            environment.events(),
            epochs,
            treeFile,
            space,
            tree,
            meta,
            groups);
    undo.add(store.dirtyPages::close);
    return store;
  }

  private static GroupIndexes groups(TreeFile file, Meta meta) {
    Meta.Extent extent = meta.groupsExtent();
    if (extent == null) {
      return meta.groups();
    }
    MemorySegment encoded = Arena.ofAuto().allocate(extent.length(), 8);
    file.readExtent(extent.first(), extent.length(), extent.crc(), encoded, 0);
    return GroupIndexes.decode(encoded, 0, extent.length() / MetaFormat.GROUP_BYTES);
  }

  /// Finds the pages in use: from the meta's map, else by a walk, in which leaves are read only
  /// when there are long values.
  private static void recoverSpace(TreeFile file, Space space, Meta meta) {
    BitSet map = SpaceMap.read(file, meta, space.end());
    if (map != null) {
      space.recover(map);
      return;
    }
    boolean leaves = meta.content().extentPages() > 0;
    try (TreeWalk walk =
        new TreeWalk(file, space.firstPage(), space.end(), leaves, false, () -> {})) {
      walk.run(meta.root(), meta.generation());
      Meta.Extent groups = meta.groupsExtent();
      if (groups != null) {
        walk.note(groups.first(), file.extentPages(groups.length()));
      }
      Meta.Extent damagedMap = meta.map();
      if (damagedMap != null) {
        walk.note(damagedMap.first(), file.extentPages(damagedMap.length()));
      }
      space.recover(walk.used());
    }
  }

  /// Writes the newest meta again and syncs, so that what was only read is durable.
  private static Meta secure(Store store, Meta meta) {
    meta.write(store.file.file());
    store.file.file().syncData();
    return meta;
  }

  private Engine start(Store store, Meta meta) {
    BackgroundWork work =
        new BackgroundWork(BtreeProvider.NAME, 3, environment.background(), e -> report(store, e));
    undo.add(work::close);
    Committer committer = new Committer(store, work, meta, store.applied);
    Writes writes = new Writes(store, committer, options.traits());
    FlushRequests flushes = new FlushRequests(store, committer);
    openLog(store, committer, writes, flushes, meta, work);
    committer.loggedUpTo(store.sequence, store.applied.copy());
    environment
        .events()
        .accept(
            new EngineEvent.Opened(BtreeProvider.NAME, path, System.nanoTime() - start, replayed));
    return new BtreeEngine(
        store, committer, writes, flushes, work, clock(store, committer), options.traits());
  }

  /// With an executor of the environment's there are no threads of our own: then only writes look
  /// at the time.
  private @Nullable CommitClock clock(Store store, Committer committer) {
    return options.commitEveryNanos() == 0 || environment.background() != null
        ? null
        : new CommitClock(store, committer, options.commitEveryNanos());
  }

  private static void report(Store store, Throwable e) {
    if (!(e instanceof StorageException)) {
      store.poison(new StorageException.Io("background work failed: " + e, e));
    }
  }

  /// Replays the redo log; with `wal = off` one that was left is replayed and not written any more.
  private void openLog(
      Store store,
      Committer committer,
      Writes writes,
      FlushRequests flushes,
      Meta meta,
      BackgroundWork work) {
    boolean present =
        disk.list(store.directory.path()).stream().anyMatch(name -> name.endsWith(LOG_SUFFIX));
    if (!options.wal() && !present) {
      return;
    }
    LogOptions logOptions =
        LogOptions.standard()
            .withSegmentBytes(options.logSegmentBytes())
            .withBufferBytes(options.logBufferBytes())
            .withPrefillBytes(Math.min(1 << 20, options.logSegmentBytes() / 4));
    long[] last = {0};
    LogVisitor replay =
        (type, position, sequence, second, segment, offset, length) -> {
          if (sequence > store.sequence) {
            writes.replay(type, sequence, segment, offset, length);
            last[0] = position;
            replayed++;
          }
        };
    LogWriter log;
    try {
      log = openLog(store, logOptions, flushes, meta, work, replay);
    } catch (StorageException.NoSpace e) {
      if (!giveUpReserve(store.directory)) {
        throw e;
      }
      reserveGivenUp = true;
      log = openLog(store, logOptions, flushes, meta, work, replay);
    }
    LogWriter opened = log;
    undo.add(() -> opened.close());
    writes.endRecovery();
    store.appliedPosition = last[0];
    if (options.wal()) {
      store.log = log;
      if (!reserveGivenUp) {
        keepReserve(store.directory);
      }
      return;
    }
    store.log = log;
    committer.commitNow();
    store.log = null;
    undo.removeLast();
    log.close();
  }

  private LogWriter openLog(
      Store store,
      LogOptions logOptions,
      FlushRequests flushes,
      Meta meta,
      BackgroundWork work,
      LogVisitor replay) {
    return LogWriter.open(
        disk,
        store.directory.path(),
        logStore(store.directory),
        logOptions,
        environment.background() == null ? task -> work.submit("log", task) : null,
        meta.log(),
        meta.log(),
        flushes,
        replay);
  }

  /// Keeps some room on the disk for the redo log of a store that opens on a full one.
  private void keepReserve(EngineDirectory directory) {
    Path reserve = directory.file(RESERVE);
    if (disk.exists(reserve) && disk.size(reserve) >= RESERVE_BYTES) {
      return;
    }
    try (DiskFile file =
        disk.open(reserve, disk.exists(reserve) ? OpenMode.WRITE : OpenMode.CREATE)) {
      file.reserve(RESERVE_BYTES);
    } catch (StorageException.NoSpace e) {
      System.getLogger("dev.plinth")
          .log(System.Logger.Level.WARNING, "no room for a reserve: {0}", e.getMessage());
    }
  }

  private boolean giveUpReserve(EngineDirectory directory) {
    Path reserve = directory.file(RESERVE);
    if (!disk.exists(reserve)) {
      return false;
    }
    disk.delete(reserve);
    disk.syncDirectory(directory.path());
    return true;
  }
}
