package dev.plinth.engine.bitcask;

import dev.plinth.kit.directory.EngineDirectory;
import dev.plinth.kit.disk.MeteredDisk;
import dev.plinth.kit.disk.SystemDisk;
import dev.plinth.kit.durability.DurabilityListeners;
import dev.plinth.kit.epoch.Epochs;
import dev.plinth.kit.memory.SlabPool;
import dev.plinth.spi.EngineEnvironment;
import dev.plinth.spi.EngineEvent;
import dev.plinth.spi.EngineOptions;
import dev.plinth.spi.StorageException;
import dev.plinth.spi.disk.Disk;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// The parts of an open engine, how they are put together, and how they are taken apart again.
final class Parts {
  private static final long CLOSE_WAIT_MILLIS = 10_000;
  private static final int CHUNKS_MAX = 64;

  final BitcaskOptions options;
  final EngineOptions engineOptions;
  final EngineEnvironment environment;
  final MeteredDisk disk;
  final EngineDirectory directory;
  final Health health = new Health();
  final Epochs epochs = new Epochs();
  final Snapshots snapshots = new Snapshots();
  final FileTable table = new FileTable();
  final CatalogLog catalog;
  final DataFiles files;
  final Records records;
  final LiveState live;
  final SlabPool slabs;
  final DurabilityListeners listeners = new DurabilityListeners(BitcaskProvider.NAME);
  final Space space;
  final Maintenance maintenance;
  final Appender appender;
  final Committer committer;
  final BitcaskReader reader;
  final SortedViews views;
  final Merger merger;
  private boolean loadedFromIndexFile;
  private boolean orderedLoadedFromIndexFile;

  /// Makes the parts and names them to one another; long because the order of opening is told in
  /// one place.
  private Parts(
      EngineOptions engineOptions,
      EngineEnvironment environment,
      MeteredDisk disk,
      EngineDirectory directory,
      TombstoneRule rule,
      boolean fullDisk) {
    long begin = System.nanoTime();
    this.engineOptions = engineOptions;
    this.options = BitcaskOptions.of(engineOptions);
    this.environment = environment;
    this.disk = disk;
    this.directory = directory;
    this.catalog = openCatalog(disk, directory, environment);
    this.files = new DataFiles(disk, directory.path(), table, catalog.state().number());
    Reserve reserve = new Reserve(disk, directory.path(), options.reserveBytes());
    Recovery recovery = new Recovery(disk, files, catalog, environment.events(), fullDisk);
    runRecovery(recovery);
    this.records =
        new Records(
            table,
            e ->
                environment
                    .events()
                    .accept(
                        new EngineEvent.Damaged(
                            e.file(), e.offset(), String.valueOf(e.getMessage()))));
    this.live =
        new LiveState(
            new KeyIndex(records, epochs::retire),
            options.ordered() ? new OrderedIndex(records, epochs::retire) : null,
            new OldVersions(options.snapshotTableBytesMax(), epochs::retire),
            records,
            snapshots);
    try {
      load();
      long sequence = catalog.state().sequence();
      this.slabs =
          new SlabPool(
              (long) CHUNKS_MAX * options.chunkBytes() + 2L * options.batchBytesMax() + (1 << 20),
              options.chunkBytes());
      this.space = new Space(options, files, table, snapshots, reserve, environment.events());
      this.maintenance =
          new Maintenance(options, files, catalog, epochs, health, listeners, space, environment);
      this.appender =
          new Appender(
              maintenance,
              slabs,
              options.fileBytesMax(),
              new ValuePacker(options.compression()),
              sequence);
      this.committer =
          new Committer(
              appender, live, maintenance, slabs, epochs, environment.events(), options, sequence);
      this.reader = new BitcaskReader(epochs, live, records, committer);
      this.views = new SortedViews(live, records, epochs, snapshots, options.sortedViewBytesMax());
      this.merger =
          new Merger(
              options,
              table,
              files,
              catalog,
              live,
              records,
              committer,
              snapshots,
              views,
              epochs,
              health,
              reserve,
              rule,
              environment.events(),
              maintenance::poison);
    } catch (RuntimeException e) {
      release();
      catalog.abandon();
      throw e;
    }
    maintenance.start(appender, committer, merger);
    reserve.hold();
    environment
        .events()
        .accept(
            new EngineEvent.Opened(
                BitcaskProvider.NAME,
                directory.path(),
                System.nanoTime() - begin,
                recovery.replayedBatches()));
    maintenance.mergeWhenDue();
  }

  static Parts open(
      Path path, EngineOptions options, EngineEnvironment environment, TombstoneRule rule) {
    Disk given = environment.disk();
    MeteredDisk disk = new MeteredDisk(given == null ? new SystemDisk() : given);
    BitcaskOptions.of(options);
    EngineDirectory directory =
        EngineDirectory.open(
            disk, path, BitcaskProvider.NAME, BitcaskProvider.FORMAT_VERSION, options);
    try {
      return open(options, environment, disk, directory, rule);
    } catch (RuntimeException e) {
      directory.close();
      throw e;
    }
  }

  /// Opens; on a full disk with the room that was set aside for it.
  private static Parts open(
      EngineOptions options,
      EngineEnvironment environment,
      MeteredDisk disk,
      EngineDirectory directory,
      TombstoneRule rule) {
    try {
      return new Parts(options, environment, disk, directory, rule, false);
    } catch (StorageException.NoSpace e) {
      Path reserve = directory.file(Reserve.NAME);
      if (!disk.exists(reserve)) {
        throw e;
      }
      disk.delete(reserve);
      return new Parts(options, environment, disk, directory, rule, true);
    }
  }

  private void runRecovery(Recovery recovery) {
    try {
      recovery.run();
    } catch (RuntimeException e) {
      catalog.abandon();
      throw e;
    }
  }

  /// Whether the hash index was read from the file that a clean close had left.
  boolean isLoadedFromIndexFile() {
    return loadedFromIndexFile;
  }

  /// Whether the ordered index was read from it as well.
  boolean isOrderedLoadedFromIndexFile() {
    return orderedLoadedFromIndexFile;
  }

  /// Begins a new append file and waits until everything before is sealed.
  void rollAndSeal() {
    appender.lock().lock();
    try {
      committer.lock().lock();
      try {
        endAppendFile();
      } finally {
        committer.lock().unlock();
      }
    } finally {
      appender.lock().unlock();
    }
    maintenance.awaitSealed();
  }

  /// Drains and ends the append file; under the locks of appender and committer.
  void endAppendFile() {
    committer.drain();
    if (appender.end() != null) {
      committer.end();
    }
  }

  /// Closes everything; see [dev.plinth.spi.Engine#close()].
  void close() {
    if (!health.close()) {
      return;
    }
    views.dropIdle();
    int left = snapshots.closeAndWait(CLOSE_WAIT_MILLIS);
    RuntimeException failure = null;
    try {
      if (!health.isPoisoned()) {
        rollAndSeal();
        maintenance.dropSpare();
      }
    } catch (RuntimeException e) {
      failure = e;
    }
    maintenance.close();
    committer.close();
    listeners.close();
    if (epochs.close(CLOSE_WAIT_MILLIS * 1_000_000)) {
      if (failure == null && !health.isPoisoned()) {
        writeIndex();
      }
      release();
    }
    try {
      catalog.close();
    } catch (RuntimeException e) {
      failure = failure == null ? e : failure;
    }
    // Whatever failed: the directory is free for who opens it next.
    directory.close();
    environment.events().accept(new EngineEvent.Closed(directory.path()));
    if (failure != null) {
      throw failure;
    }
    health.requireTold();
    if (left > 0) {
      throw new StorageException.Closed(
          "the engine was closed with " + left + " snapshots or cursors open; close them first");
    }
  }

  /// Leaves the index for the next opening. Where there is no room for it, or the disk refuses it,
  /// hints do.
  private void writeIndex() {
    List<DataFile> all = new ArrayList<>();
    for (DataFile file : table.all()) {
      if (catalog.state().file(file.number) != null) {
        all.add(file);
      }
    }
    boolean worth =
        live.index.size() >= options.indexFileKeysMin()
            && all.size() == catalog.state().files().size();
    OrderedIndex ordered = live.isOrdered() ? live.ordered() : null;
    long bytes = IndexFileWriter.bytes(live.index, ordered, all.size());
    long max = options.spaceBytesMax();
    if (!worth || (max > 0 && files.bytes() + bytes > max)) {
      return;
    }
    try {
      new IndexFileWriter(disk, directory.path()).write(live.index, ordered, all, live.liveBytes());
    } catch (StorageException e) {
      System.getLogger("dev.plinth")
          .log(System.Logger.Level.DEBUG, "closed without an index file: {0}", e.getMessage());
      removeUnfinishedIndex();
    }
  }

  private void removeUnfinishedIndex() {
    try {
      Path unfinished = directory.file(IndexFileFormat.UNFINISHED);
      if (disk.exists(unfinished)) {
        disk.delete(unfinished);
      }
    } catch (StorageException e) {
      System.getLogger("dev.plinth")
          .log(System.Logger.Level.DEBUG, "left behind: {0}", e.getMessage());
    }
  }

  private void load() {
    List<DataFile> sealed = new ArrayList<>();
    for (FileEntry entry : catalog.state().files()) {
      sealed.add(files.openSealed(entry));
    }
    IndexFileReader written = new IndexFileReader(disk, directory.path(), environment.events());
    OrderedIndex ordered = live.isOrdered() ? live.ordered() : null;
    loadedFromIndexFile = written.load(live.index, ordered, sealed);
    if (loadedFromIndexFile) {
      live.loaded(written.liveBytes());
    } else {
      int threads = Math.min(options.loadThreadsMax(), Runtime.getRuntime().availableProcessors());
      Loader loader = new Loader(disk, files, records, live.index, environment.events(), threads);
      loader.load(sealed);
      live.loaded(loader.liveBytes());
    }
    orderedLoadedFromIndexFile = written.isOrderedLoaded();
    if (ordered != null && !orderedLoadedFromIndexFile) {
      new OrderedLoad(records, live.index).into(ordered);
    }
    catalog.state().applied().forEach(live.applied::put);
  }

  private static CatalogLog openCatalog(
      Disk disk, EngineDirectory directory, EngineEnvironment environment) {
    CatalogLog catalog = CatalogLog.open(disk, directory.path());
    try {
      removeOrphans(disk, directory, catalog, environment);
      return catalog;
    } catch (RuntimeException e) {
      catalog.abandon();
      throw e;
    }
  }

  /// Deletes data and hint files that no manifest names: what a merge or a recovery that was cut
  /// off left.
  private static void removeOrphans(
      Disk disk, EngineDirectory directory, CatalogLog catalog, EngineEnvironment environment) {
    for (String name : disk.list(directory.path())) {
      int number = DataFileFormat.number(name);
      if (number >= 0 && catalog.state().file(number) == null) {
        Path path = directory.file(name);
        disk.delete(path);
        environment.events().accept(new EngineEvent.OrphanRemoved(path));
      }
    }
  }

  /// Releases memory and descriptors; nobody reads any more.
  private void release() {
    for (DataFile file : table.all()) {
      file.close();
    }
    live.index.close();
    if (live.isOrdered()) {
      live.ordered().close();
    }
    live.old.close();
    if (slabs != null) {
      slabs.close();
    }
  }
}
