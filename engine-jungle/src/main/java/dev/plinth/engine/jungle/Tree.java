package dev.plinth.engine.jungle;

import dev.plinth.engine.jungle.table.TableCursor;
import dev.plinth.kit.directory.EngineDirectory;
import dev.plinth.kit.disk.MeteredDisk;
import dev.plinth.kit.durability.DurabilityListeners;
import dev.plinth.kit.epoch.Epochs;
import dev.plinth.kit.log.LogWriter;
import dev.plinth.kit.memory.SlabPool;
import dev.plinth.kit.memtable.Memtable;
import dev.plinth.kit.merge.EntryCursor;
import dev.plinth.kit.merge.KeyWords;
import dev.plinth.kit.merge.MergingCursor;
import dev.plinth.kit.tree.Durables;
import dev.plinth.kit.tree.Health;
import dev.plinth.kit.tree.Layer;
import dev.plinth.kit.tree.Leases;
import dev.plinth.kit.tree.LiveCursor;
import dev.plinth.kit.tree.Memtables;
import dev.plinth.kit.tree.SpaceLimit;
import dev.plinth.kit.tree.Throttle;
import dev.plinth.kit.tree.WriteLimits;
import dev.plinth.spi.EngineEvent;
import dev.plinth.spi.KeyRange;
import dev.plinth.spi.StorageException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// What the parts of an engine share: the view that reads search, and what it is made of.
///
/// Reads take the view inside an epoch; who changes it holds [#viewLock].
final class Tree implements Memtables {
  private static final int PINNED_MEMTABLES_MAX = 32;

  /// What a batch takes at least: a leaf, what leads to it, and what rounding up to pages costs.
  private static final long APPEND_BYTES = 3 * 4096L;

  private static final long LARGE_MEMTABLES_BYTES_MAX = 2L << 30;

  final EngineDirectory directory;
  final MeteredDisk disk;
  final JungleOptions options;
  final JunglePolicy policy;
  final Consumer<EngineEvent> events;
  final VersionSet versions;
  final SlabPool pool;
  final Epochs epochs = new Epochs();
  final Leases leases;
  final DurabilityListeners listeners;
  final Durables durables;
  final Health health;
  final Throttle throttle;
  final SpaceLimit space;
  final SnapshotRegistry snapshots = new SnapshotRegistry(epochs);
  final ReentrantLock viewLock = new ReentrantLock();

  private volatile ReadView view;
  private volatile long visible;
  private volatile @Nullable LogWriter log;

  /// @param start the recovered version, whose reference the view takes over
  Tree(
      EngineDirectory directory,
      MeteredDisk disk,
      JungleOptions options,
      Consumer<EngineEvent> events,
      VersionSet versions,
      Version start) {
    this.directory = directory;
    this.disk = disk;
    this.options = options;
    this.policy = new JunglePolicy(options);
    this.events = events;
    this.versions = versions;
    String name = directory.path().toString();
    this.leases = new Leases("the store " + name);
    this.listeners = new DurabilityListeners(String.valueOf(directory.path().getFileName()));
    this.durables = new Durables(listeners);
    this.health = new Health(events, listeners);
    this.throttle = new Throttle(events);
    this.space =
        new SpaceLimit(
            options.spaceBytesMax(),
            4 * options.tableBytes(),
            2 * options.memtableBytes(),
            disk,
            directory.path());
    long slabs = options.memtablesMax() + Stages.LAYERS_MAX + (long) PINNED_MEMTABLES_MAX;
    this.pool =
        new SlabPool(
            slabs * options.memtableBytes() + LARGE_MEMTABLES_BYTES_MAX,
            (int) options.memtableBytes());
    this.view = new ReadView(List.of(), start);
  }

  /// Says which log it has.
  void attach(LogWriter opened) {
    log = opened;
  }

  /// Its log.
  LogWriter log() {
    LogWriter opened = log;
    if (opened == null) {
      throw new IllegalStateException("the log is not open yet");
    }
    return opened;
  }

  /// The current view; to be used inside an epoch, or with [#viewLock] held.
  ReadView view() {
    return view;
  }

  /// The sequence number of the newest visible batch.
  @Override
  public long visible() {
    return visible;
  }

  /// Makes batches up to a sequence number visible; called by the committing thread.
  @Override
  public void publish(long sequence) {
    visible = sequence;
  }

  @Override
  public void install(List<Layer> layers) {
    viewLock.lock();
    try {
      Version version = view.version();
      version.retain();
      List<Layer> all = new ArrayList<>(layers);
      for (Layer layer : view.layers()) {
        if (layer.isPointing()) {
          all.add(layer);
        }
      }
      replace(new ReadView(all, version));
      layers.getFirst().release();
    } finally {
      viewLock.unlock();
    }
  }

  @Override
  public Layer[] layers() {
    return view.memtables().toArray(Layer[]::new);
  }

  @Override
  public boolean isStaged() {
    return options.stageBytes() > 0;
  }

  @Override
  public ReentrantLock viewLock() {
    return viewLock;
  }

  @Override
  public Path path() {
    return directory.path();
  }

  @Override
  public WriteLimits limits() {
    return new WriteLimits(options.logged(), options.memtablesMax(), options.rangeDeletesMax());
  }

  @Override
  public SlabPool pool() {
    return pool;
  }

  @Override
  public Leases leases() {
    return leases;
  }

  @Override
  public Throttle throttle() {
    return throttle;
  }

  @Override
  public Durables durables() {
    return durables;
  }

  @Override
  public Health health() {
    return health;
  }

  @Override
  public SpaceLimit space() {
    return space;
  }

  @Override
  public long flushedSequence() {
    return versions.flushedSequence();
  }

  @Override
  public Map<Long, Long> flushedIndexes() {
    return versions.applied();
  }

  /// Replaces the view. The caller holds [#viewLock].
  void replace(ReadView next) {
    ReadView before = view;
    view = next;
    epochs.retire(before::release);
  }

  /// About how many bytes the memtables will take as tables, with the leaves they dirty there.
  @Override
  public long memoryBytes() {
    ReadView now = view;
    long bytes = 0;
    for (Layer layer : now.layers()) {
      bytes += layer.bytes();
    }
    return bytes + bytes / 2 + now.layers().length * now.version().upperTables() * APPEND_BYTES;
  }

  /// A new memtable's layer in a slab.
  @Override
  public Layer layer(SlabPool.Slab slab) {
    return new Layer(new Memtable(pool, slab, KeyWords.FIRST, isStaged()));
  }

  /// A cursor over a snapshot, or over the newest state.
  ///
  /// @param of null for the newest state
  LiveCursor cursor(KeyRange range, @Nullable JungleSnapshot of) {
    leases.acquire();
    boolean opened = false;
    ReadView mine = null;
    try {
      long token = epochs.enter();
      long sequence;
      try {
        ReadView seen;
        do {
          seen = of == null ? view : of.view();
          sequence = of == null ? visible : of.sequence();
        } while (seen != (of == null ? view : of.view()));
        if (!seen.tryRetain()) {
          throw new StorageException.Closed("the snapshot was closed");
        }
        mine = seen;
      } finally {
        epochs.exit(token);
      }
      epochs.poll();
      LiveCursor cursor =
          new LiveCursor(leases, mine::release, merged(mine), mine.tombstones(), sequence, range);
      opened = true;
      return cursor;
    } finally {
      if (!opened) {
        if (mine != null) {
          mine.release();
        }
        leases.release();
      }
    }
  }

  /// A cursor over all entries of a layer.
  EntryCursor entries(Layer layer) {
    Memtable memtable = layer.memtable();
    return layer.isPointing() ? new StageCursor(memtable, log()) : memtable.cursor();
  }

  private MergingCursor merged(ReadView of) {
    List<EntryCursor> sources = new ArrayList<>();
    for (Layer layer : of.layers()) {
      if (layer.memtable().entries() > 0) {
        sources.add(entries(layer));
      }
    }
    for (RunReader run : of.version().runs()) {
      sources.add(new TableCursor(run));
    }
    return new MergingCursor(KeyWords.FIRST, sources.toArray(EntryCursor[]::new));
  }

  /// Gives memory and tables back; nobody may use them any more.
  void free() {
    view.release();
    versions.close();
    pool.close();
  }
}
