package dev.plinth.engine.jungle;

import dev.plinth.kit.directory.EngineDirectory;
import dev.plinth.kit.directory.SpaceReserve;
import dev.plinth.kit.disk.MeteredDisk;
import dev.plinth.kit.disk.SystemDisk;
import dev.plinth.kit.log.LogListener;
import dev.plinth.kit.log.LogWriter;
import dev.plinth.kit.manifest.EditVisitor;
import dev.plinth.kit.manifest.ManifestLog;
import dev.plinth.kit.tree.CommitQueue;
import dev.plinth.kit.tree.Replay;
import dev.plinth.kit.tree.TableNames;
import dev.plinth.kit.work.BackgroundWork;
import dev.plinth.spi.Engine;
import dev.plinth.spi.EngineEnvironment;
import dev.plinth.spi.EngineEvent;
import dev.plinth.spi.EngineOptions;
import dev.plinth.spi.EngineTraits;
import dev.plinth.spi.StorageException;
import dev.plinth.spi.disk.Disk;
import dev.plinth.spi.disk.DiskFile;
import dev.plinth.spi.disk.OpenMode;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Map;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Opens Jungle: directory, manifest, removal of files that nothing names, tables, log. What was
/// opened is closed again when a step fails.
public final class JungleOpening {
  static final int FORMAT_VERSION = 1;
  static final long MANIFEST_BYTES_MAX = 4L << 20;

  /// The manifest takes this share of a limited space, and so much at least.
  private static final int MANIFEST_SHARE = 64;

  private static final long MANIFEST_BYTES_MIN = 64 << 10;

  /// After a crash on a full disk the log may hold two layers of twice the bytes of a stage, which
  /// an opening brings to tables as one; a table may take twice the bytes of its entries. The
  /// reserve has an upper limit, so that this holds for small stages only.
  private static final int DRAINED_STAGES = 8;

  private final String name;
  private final Path path;
  private final EngineOptions engineOptions;
  private final JungleOptions options;
  private final EngineTraits traits;
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

  private JungleOpening(
      String name,
      Path path,
      EngineOptions engineOptions,
      JungleOptions options,
      EngineTraits traits,
      EngineEnvironment environment) {
    this.name = name;
    this.path = path.toAbsolutePath();
    this.engineOptions = engineOptions;
    this.options = options;
    this.traits = traits;
    this.environment = environment;
    this.events = environment.events();
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
      JungleOptions options,
      EngineTraits traits,
      EngineEnvironment environment) {
    JungleOpening opening =
        new JungleOpening(name, directory, engineOptions, options, traits, environment);
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
    long reserve =
        SpaceReserve.bytes(options.memtableBytes(), DRAINED_STAGES * options.stageBytes());
    SpaceReserve.giveUpWhenFull(disk, path, reserve);
    VersionSet versions = new VersionSet(disk, path, JungleOptions.LEVELS);
    ManifestLog manifest = manifest(store, versions);
    removeOrphans(versions);
    Version version = versions.start();
    undo.push(versions::close);
    requireMode(version);
    version.retain();
    Tree tree = new Tree(directory, disk, options, events, versions, version);
    undo.push(tree::free);
    Failures failures = new Failures();
    BackgroundWork work =
        new BackgroundWork(
            name, options.compactionThreads() + 3, environment.background(), failures);
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
    tree.attach(log);
    replay.end(log.endPosition());
    Maintenance maintenance = new Maintenance(tree, manifest, log, work);
    failures.target = maintenance;
    CommitQueue commits = new CommitQueue(tree, traits, log, replay, maintenance);
    maintenance.onProgress(commits::flushEnded);
    commits.recovered();
    maintenance.recovered();
    Engine engine =
        new JungleEngine(
            new Parts(name, engineOptions, traits, tree, commits, maintenance, manifest, log));
    events.accept(new EngineEvent.Opened(name, path, System.nanoTime() - start, replay.batches()));
    if (options.spaceBytesMax() == 0) {
      SpaceReserve.take(disk, path, reserve);
    }
    tree.space.measure();
    maintenance.mergeDue();
    return engine;
  }

  private static long manifestBytesMax(long spaceBytesMax) {
    return spaceBytesMax == 0
        ? MANIFEST_BYTES_MAX
        : Math.clamp(spaceBytesMax / MANIFEST_SHARE, MANIFEST_BYTES_MIN, MANIFEST_BYTES_MAX);
  }

  private ManifestLog manifest(long store, VersionSet versions) {
    ManifestLog manifest =
        ManifestLog.open(
            disk,
            path,
            store,
            manifestBytesMax(options.spaceBytesMax()),
            (segment, offset, length) -> recover(versions, segment, offset, length),
            target -> show(versions.snapshot(), target));
    undo.push(manifest::close);
    return manifest;
  }

  private void recover(VersionSet versions, MemorySegment segment, long offset, int length) {
    VersionEdit edit = VersionEdit.decode(segment, offset, length);
    String wrong = edit == null ? "an edit has not its form" : versions.recover(edit);
    if (wrong != null) {
      throw new StorageException.Corrupt(path.resolve("CURRENT"), 0, "in its manifest, " + wrong);
    }
  }

  /// Deletes tables that no manifest names, and what stands behind the end of a table: a crash, or
  /// a merge that was given up, left them. A file that another store shares is left as it is.
  private void removeOrphans(VersionSet versions) {
    Map<Long, TableMeta> tables = versions.tables();
    for (String file : disk.list(path)) {
      long number = TableNames.tableNumber(file);
      if (number >= 0 && !tables.containsKey(number)) {
        disk.delete(path.resolve(file));
        events.accept(new EngineEvent.OrphanRemoved(path.resolve(file)));
      }
    }
    for (TableMeta table : tables.values()) {
      Path file = path.resolve(TableNames.table(table.number()));
      requireTable(file, table);
      long size = disk.size(file);
      if (size > table.bytes() && !table.frozen()) {
        try (DiskFile open = disk.open(file, OpenMode.WRITE)) {
          open.truncate(table.bytes());
        }
        events.accept(new EngineEvent.OrphanRemoved(file));
      }
    }
  }

  /// A log has one level: nothing would ever go down from it, or come back from below.
  private void requireMode(Version version) {
    for (Level level : version.levels()) {
      if (options.ascending() && level.number() > 1 && !level.runs().isEmpty()) {
        throw new StorageException.InvalidConfiguration(
            path
                + ": mode = log, but level "
                + level.number()
                + " has tables: this store was written with mode = tree; open it so");
      }
    }
  }

  private void requireTable(Path file, TableMeta table) {
    if (!disk.exists(file)) {
      throw new StorageException.Corrupt(
          file, 0, "the manifest names this table of " + table.bytes() + " bytes");
    }
    long size = disk.size(file);
    if (size < table.bytes()) {
      throw new StorageException.Corrupt(
          file, size, table.bytes() + " bytes expected, " + size + " found");
    }
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
