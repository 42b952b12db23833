package dev.plinth.lsm;

import dev.plinth.kit.directory.EngineDirectory;
import dev.plinth.kit.disk.MeteredDisk;
import dev.plinth.kit.durability.DurabilityListeners;
import dev.plinth.kit.epoch.Epochs;
import dev.plinth.kit.memory.SlabPool;
import dev.plinth.kit.memtable.Memtable;
import dev.plinth.kit.merge.KeyWords;
import dev.plinth.kit.tree.Durables;
import dev.plinth.kit.tree.Health;
import dev.plinth.kit.tree.Layer;
import dev.plinth.kit.tree.Leases;
import dev.plinth.kit.tree.LiveCursor;
import dev.plinth.kit.tree.Memtables;
import dev.plinth.kit.tree.SpaceLimit;
import dev.plinth.kit.tree.Throttle;
import dev.plinth.kit.tree.WriteLimits;
import dev.plinth.lsm.cache.BlockCache;
import dev.plinth.lsm.table.TableShape;
import dev.plinth.spi.EngineEvent;
import dev.plinth.spi.KeyRange;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/// What the parts of an engine share: the view that reads search, and what it is made of.
///
/// Reads take the view inside an epoch; who changes it holds [#viewLock].
final class Tree implements Memtables {
  private static final int PINNED_MEMTABLES_MAX = 32;
  private static final long LARGE_MEMTABLES_BYTES_MAX = 2L << 30;

  final EngineDirectory directory;
  final MeteredDisk disk;
  final LsmOptions options;
  final CompactionPolicy policy;
  final Consumer<EngineEvent> events;
  final VersionSet versions;
  final BlockCache cache;
  final SlabPool pool;
  final Epochs epochs = new Epochs();
  final Leases leases;
  final DurabilityListeners listeners;
  final Durables durables;
  final Health health;
  final Throttle throttle;
  final SpaceLimit space;

  /// What cursors pay for runs of level 0.
  final SeekCount seeks = new SeekCount();

  /// How many data blocks closed cursors have read.
  final LongAdder cursorBlocks = new LongAdder();

  /// Bytes of memory in which filters are being built.
  final AtomicLong filterBytes = new AtomicLong();

  final SnapshotRegistry snapshots = new SnapshotRegistry();
  final ReentrantLock viewLock = new ReentrantLock();

  private volatile ReadView view;
  private volatile long visible;

  /// @param start the recovered version, whose reference the view takes over
  Tree(
      EngineDirectory directory,
      MeteredDisk disk,
      LsmOptions options,
      CompactionPolicy policy,
      Consumer<EngineEvent> events,
      VersionSet versions,
      Version start) {
    this.directory = directory;
    this.disk = disk;
    this.options = options;
    this.policy = policy;
    this.events = events;
    this.versions = versions;
    this.cache = versions.cache();
    String name = directory.path().toString();
    this.leases = new Leases("the store " + name);
    this.listeners = new DurabilityListeners(String.valueOf(directory.path().getFileName()));
    this.durables = new Durables(listeners);
    this.health = new Health(events, listeners);
    this.throttle = new Throttle(events);
    this.space =
        new SpaceLimit(
            options.spaceBytesMax(), 0, 2 * options.memtableBytes(), disk, directory.path());
    long slabs = (long) options.memtablesMax() + PINNED_MEMTABLES_MAX;
    this.pool =
        new SlabPool(
            slabs * options.memtableBytes() + LARGE_MEMTABLES_BYTES_MAX,
            (int) options.memtableBytes());
    this.view = new ReadView(List.of(), start);
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
      replace(new ReadView(layers, version));
      layers.getFirst().release();
    } finally {
      viewLock.unlock();
    }
  }

  @Override
  public Layer[] layers() {
    return view.layers();
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

  /// About how many bytes the memtables will take as tables.
  @Override
  public long memoryBytes() {
    long bytes = 0;
    for (Layer layer : view.layers()) {
      bytes += layer.memtable().bytesUsed();
    }
    return bytes;
  }

  /// Tells the keys apart that are in the tables now.
  KeyWords words() {
    Version version = versions.current();
    try {
      return version.words();
    } finally {
      version.release();
    }
  }

  /// About how many bytes compactions have yet to rewrite or to give back.
  long debtBytes(Version version) {
    return policy.debtBytes(version.levels())
        + BlobGarbage.excessBytes(version.blobs(), options.blobs().garbageMax());
  }

  /// How a run that is not merged yet is written.
  TableShape flushShape(long runBytes) {
    Version version = versions.current();
    try {
      return options.shapes().flushed(runBytes, version.largestRunBytes());
    } finally {
      version.release();
    }
  }

  /// A new memtable's layer in a slab.
  @Override
  public Layer layer(SlabPool.Slab slab) {
    return new Layer(new Memtable(pool, slab, words()));
  }

  /// A cursor over the newest state.
  ///
  /// @param atMost shows no later batch than this
  LiveCursor cursor(KeyRange range, long atMost) {
    leases.acquire();
    boolean opened = false;
    ReadView mine = null;
    try {
      long token = epochs.enter();
      long sequence;
      try {
        ReadView seen;
        do {
          seen = view;
          sequence = visible;
        } while (seen != view);
        boolean retained = seen.tryRetain();
        assert retained : "a view lives as long as the epoch";
        mine = seen;
      } finally {
        epochs.exit(token);
      }
      epochs.poll();
      ViewSources sources = new ViewSources(this, mine, Math.min(sequence, atMost));
      LiveCursor cursor =
          new LiveCursor(leases, sources.sources(), sources, sources.sequence(), range);
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

  /// Gives memory and tables back; nobody may use them any more.
  void free() {
    view.release();
    versions.close();
    cache.close();
    pool.close();
  }
}
