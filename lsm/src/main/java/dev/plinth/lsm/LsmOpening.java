package dev.plinth.lsm;

import dev.plinth.kit.directory.EngineDirectory;
import dev.plinth.kit.directory.SpaceReserve;
import dev.plinth.kit.disk.MeteredDisk;
import dev.plinth.kit.disk.SystemDisk;
import dev.plinth.kit.log.LogListener;
import dev.plinth.kit.log.LogWriter;
import dev.plinth.kit.manifest.EditVisitor;
import dev.plinth.kit.manifest.ManifestLog;
import dev.plinth.kit.memory.Layouts;
import dev.plinth.kit.tree.CommitQueue;
import dev.plinth.kit.tree.Replay;
import dev.plinth.kit.tree.TableNames;
import dev.plinth.kit.work.BackgroundWork;
import dev.plinth.lsm.cache.BlockCache;
import dev.plinth.spi.Engine;
import dev.plinth.spi.EngineEnvironment;
import dev.plinth.spi.EngineEvent;
import dev.plinth.spi.EngineOptions;
import dev.plinth.spi.EngineTraits;
import dev.plinth.spi.StorageException;
import dev.plinth.spi.disk.Disk;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Opens an engine on the LSM tree: directory, manifest, removal of files that nothing names,
/// tables, log. What was opened is closed again when a step fails.
public final class LsmOpening {
  static final int FORMAT_VERSION = 1;
  static final long MANIFEST_BYTES_MAX = 4L << 20;

  private final String name;
  private final Path path;
  private final EngineOptions engineOptions;
  private final LsmOptions options;
  private final EngineTraits traits;
  private final CompactionPolicy policy;
  private final EngineEnvironment environment;
  private final Consumer<EngineEvent> events;
  private final MeteredDisk disk;
  private final ArrayDeque<Runnable> undo = new ArrayDeque<>();

  /// What an engine consists of.
  record Parts(
      String name,
      EngineOptions engineOptions,
      EngineTraits traits,
      Tree tree,
      CommitQueue commits,
      Maintenance maintenance,
      ManifestLog manifest,
      LogWriter log) {}

  private LsmOpening(
      String name,
      Path path,
      EngineOptions engineOptions,
      LsmOptions options,
      EngineTraits traits,
      CompactionPolicy policy,
      EngineEnvironment environment) {
    this.name = name;
    this.path = path.toAbsolutePath();
    this.engineOptions = engineOptions;
    this.options = options;
    this.traits = traits;
    this.policy = policy;
    this.environment = environment;
    String store = this.path.toString();
    Consumer<EngineEvent> listener = environment.events();
    this.events =
        event -> {
          FlightEvents.record(store, event);
          listener.accept(event);
        };
    Disk given = environment.disk();
    this.disk = new MeteredDisk(given == null ? new SystemDisk() : given);
  }

  /// Opens or creates an engine.
  ///
  /// @param name the engine's name
  /// @param engineOptions written to the OPTIONS file
  /// @param options what they come to
  public static Engine open(
      String name,
      Path directory,
      EngineOptions engineOptions,
      LsmOptions options,
      EngineTraits traits,
      CompactionPolicy policy,
      EngineEnvironment environment) {
    LsmOpening opening =
        new LsmOpening(name, directory, engineOptions, options, traits, policy, environment);
    boolean done = false;
    try {
      Engine engine = opening.run();
      done = true;
      return engine;
    } finally {
      if (!done) {
        opening.undoAll();
      }
    }
  }

  static long storeNumber(UUID store) {
    return store.getMostSignificantBits() ^ store.getLeastSignificantBits();
  }

  static void show(VersionEdit edit, EditVisitor target) {
    byte[] bytes = edit.encode();
    target.edit(MemorySegment.ofArray(bytes), 0, bytes.length);
  }

  private Engine run() {
    long start = System.nanoTime();
    EngineDirectory directory =
        EngineDirectory.open(disk, path, name, FORMAT_VERSION, engineOptions);
    undo.push(directory::close);
    long store = storeNumber(directory.storeId());
    long reserve = SpaceReserve.bytes(options.memtableBytes());
    SpaceReserve.giveUpWhenFull(disk, path, reserve);
    VersionSet versions = new VersionSet(disk, path, policy.levelCount(), newCache());
    undo.push(versions.cache()::close);
    ManifestLog manifest =
        ManifestLog.open(
            disk,
            path,
            store,
            MANIFEST_BYTES_MAX,
            (segment, offset, length) -> recover(versions, segment, offset, length),
            target -> show(versions.snapshot(), target));
    undo.push(manifest::close);
    removeOrphans(versions);
    Version version = versions.start();
    undo.push(versions::close);
    requireFiles(version);
    version.retain();
    Tree tree = new Tree(directory, disk, options, policy, events, versions, version);
    undo.push(tree::free);
    Failures failures = new Failures();
    BackgroundWork work =
        new BackgroundWork(
            name, options.compactionThreads() + 2, environment.background(), failures);
    undo.push(work::close);
    Replay replay = new Replay(tree);
    LogWriter log =
        LogWriter.open(
            disk,
            path,
            store,
            options.log(),
            task -> work.submit("log segment", task),
            versions.logPosition(),
            0,
            new LogEvents(tree, events),
            replay);
    undo.push(log::close);
    Maintenance maintenance = new Maintenance(tree, manifest, log, work);
    failures.target = maintenance;
    CommitQueue commits = new CommitQueue(tree, traits, log, replay, maintenance);
    maintenance.flushes().onEnd(commits::flushEnded);
    commits.recovered();
    Engine engine =
        new LsmEngine(
            new Parts(name, engineOptions, traits, tree, commits, maintenance, manifest, log));
    events.accept(new EngineEvent.Opened(name, path, System.nanoTime() - start, replay.batches()));
    if (options.spaceBytesMax() == 0) {
      SpaceReserve.take(disk, path, reserve);
    }
    tree.space.measure();
    maintenance.compactionDue();
    return engine;
  }

  private BlockCache newCache() {
    return new BlockCache(options.cacheBytes(), options.shapes().blockBytes());
  }

  private void recover(VersionSet versions, MemorySegment segment, long offset, int length) {
    if (VersionEdit.isUnknown(segment, offset, length)) {
      throw new StorageException.UnsupportedFormat(
          path.resolve("CURRENT")
              + ": its manifest has an edit of version "
              + segment.get(Layouts.BYTE, offset)
              + "; this program reads versions 1 and 2");
    }
    VersionEdit edit = VersionEdit.decode(segment, offset, length);
    String wrong = edit == null ? "an edit has not its form" : versions.recover(edit);
    if (wrong != null) {
      throw new StorageException.Corrupt(path.resolve("CURRENT"), 0, "in its manifest, " + wrong);
    }
  }

  /// Deletes tables and blob files that no manifest names: a crash left them.
  private void removeOrphans(VersionSet versions) {
    List<Path> orphans = new ArrayList<>();
    for (String file : disk.list(path)) {
      long table = TableNames.tableNumber(file);
      long blob = BlobHandle.number(file);
      if ((table >= 0 && !versions.tableNumbers().contains(table))
          || (blob >= 0 && !versions.blobNumbers().contains(blob))) {
        orphans.add(path.resolve(file));
      }
    }
    for (Path orphan : orphans) {
      disk.delete(orphan);
      events.accept(new EngineEvent.OrphanRemoved(orphan));
    }
  }

  private void requireFiles(Version version) {
    version.handles().forEach(FileHandle::requirePresent);
    version.blobs().handles().forEach(FileHandle::requirePresent);
  }

  private void undoAll() {
    while (!undo.isEmpty()) {
      try {
        undo.pop().run();
      } catch (RuntimeException _) {
        // The failure that led here is the one to tell.
      }
    }
  }

  /// Failures of background tasks go to the maintenance, once there is one.
  private static final class Failures implements Consumer<Throwable> {
    private volatile @Nullable Maintenance target;

    @Override
    public void accept(Throwable failure) {
      Maintenance known = target;
      if (known != null) {
        known.failed(failure);
      }
    }
  }

  /// What the log tells.
  private record LogEvents(Tree tree, Consumer<EngineEvent> events) implements LogListener {
    @Override
    public void synced(long position, long bytes, long nanos) {
      tree.durables.logDurable(position);
      events.accept(new EngineEvent.Synced(tree.directory.path(), bytes, 1, nanos));
    }

    @Override
    public void rolled(Path from, Path to) {
      events.accept(new EngineEvent.Rolled(from, to));
    }

    @Override
    public void tailCut(Path file, long offset, long bytes) {
      events.accept(new EngineEvent.TailCut(file, offset, bytes));
    }

    @Override
    public void failed(StorageException cause) {
      tree.health.poison(cause);
    }
  }
}
