package dev.plinth.peers;

import dev.plinth.spi.BatchVisitor;
import dev.plinth.spi.ByteLedger;
import dev.plinth.spi.Cursor;
import dev.plinth.spi.Durability;
import dev.plinth.spi.DurabilityListener;
import dev.plinth.spi.Engine;
import dev.plinth.spi.EngineEnvironment;
import dev.plinth.spi.EngineEvent;
import dev.plinth.spi.EngineStats;
import dev.plinth.spi.EngineTraits;
import dev.plinth.spi.KeyRange;
import dev.plinth.spi.StorageException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// What every peer needs to stand behind the SPI: sequence numbers, durability, applied indexes,
/// counts, and a close that never frees a handle under its user.
///
/// Sequence numbers are counted here, since not every peer gives one: exact for one writer; with
/// several at once a number may be handed out up to as many places early or late.
///
/// @param <S> what an operation of this peer holds while it runs
public abstract class PeerEngine<S extends PeerSlot> implements Engine {
  private static final long CLOSE_NANOS = TimeUnit.SECONDS.toNanos(10);

  private final PeerDirectory directory;
  private final String name;
  private final EngineTraits traits;
  private final EngineEnvironment environment;
  private final Leases leases;
  private final DurabilityNotices notices;
  private final AppliedIndexes applied = new AppliedIndexes();
  private final AtomicLong sequence = new AtomicLong();
  private final SlotPool<S> slots;
  private final BatchVisitor limits = new Limits();

  /// An engine on a folder that was taken; the store is opened by the subclass.
  ///
  /// @param maker makes a slot; called when the store is open
  protected PeerEngine(
      String name,
      PeerDirectory directory,
      EngineTraits traits,
      EngineEnvironment environment,
      Supplier<S> maker) {
    this.name = name;
    this.directory = directory;
    this.traits = traits;
    this.environment = environment;
    String called = name + " at " + directory.path();
    this.slots = new SlotPool<>(called, maker);
    this.leases = new Leases(called, this::freeAll);
    this.notices = new DurabilityNotices(name);
  }

  /// Refuses what no peer can do: to work on another disk than the operating system's.
  public static void requireSystemDisk(String name, EngineEnvironment environment) {
    if (environment.disk() != null) {
      throw new StorageException.Unsupported(
          name + " does its own file work: open it without a disk");
    }
  }

  /// Makes everything written so far durable; called with a lease.
  protected abstract void sync();

  /// Frees the store's handles; called once, when nobody uses them any more.
  protected abstract void free();

  /// Closes the store's files cleanly; called once before [#free()], when no operation runs.
  protected abstract void finish();

  /// Fills in what only the store knows. Negative means unknown.
  protected abstract Figures figures(SortedMap<String, Long> details);

  /// Bytes of keys and values accepted; counted in the slots unless a subclass counts elsewhere.
  protected long userBytes() {
    return slots.userBytes();
  }

  /// The slots of running operations.
  protected final SlotPool<S> slots() {
    return slots;
  }

  /// The applied indexes.
  protected final AppliedIndexes applied() {
    return applied;
  }

  /// Where it is.
  protected final PeerDirectory directory() {
    return directory;
  }

  /// Refuses a batch that holds a key or value over the limits, when shown to it.
  protected final BatchVisitor limits() {
    return limits;
  }

  /// Takes note of what is on disk at open, and tells that it is open.
  protected final void opened(long lastSequence, long nanos) {
    sequence.set(lastSequence);
    notices.raise(lastSequence);
    environment.events().accept(new EngineEvent.Opened(name, directory.path(), nanos, 0));
  }

  /// The last number given, even after close.
  protected final long lastSequence() {
    return sequence.get();
  }

  /// Numbers a write that is visible now.
  protected final long numbered() {
    return sequence.incrementAndGet();
  }

  /// Numbers a write that is visible and, with everything before it, durable now.
  ///
  /// @param mark the applied indexes before it was made durable
  protected final long numberedSynced(Map<Long, Long> mark) {
    long number = sequence.incrementAndGet();
    applied.synced(mark);
    notices.raise(number);
    return number;
  }

  /// Numbers a write by how it was made.
  protected final long numbered(Durability durability) {
    return durability == Durability.SYNCED ? numberedSynced(applied.mark()) : numbered();
  }

  /// Tells that a write failed for good.
  protected final void poisoned(StorageException cause) {
    environment.events().accept(new EngineEvent.Poisoned(cause));
    notices.failed(cause);
  }

  /// Runs what takes long, with the handles kept alive.
  protected final void leased(Runnable work) {
    leases.begin();
    try {
      work.run();
    } finally {
      leases.end();
    }
  }

  /// Keeps the handles alive until [#endLease()]; for cursors and snapshots.
  public final void beginLease() {
    leases.begin();
  }

  /// Ends a lease.
  public final void endLease() {
    leases.end();
  }

  /// Whether it was closed.
  public final boolean isClosed() {
    return leases.isClosed();
  }

  @Override
  public final EngineTraits traits() {
    return traits;
  }

  @Override
  public final long sequence() {
    leases.requireOpen();
    return sequence.get();
  }

  @Override
  public final long flush() {
    leases.begin();
    try {
      long number = sequence.get();
      Map<Long, Long> mark = applied.mark();
      sync();
      applied.synced(mark);
      notices.raise(number);
      return number;
    } finally {
      leases.end();
    }
  }

  @Override
  public final void requestFlush() {
    leases.requireOpen();
    notices.run(
        () -> {
          try {
            flush();
          } catch (StorageException.Closed e) {
            // Closing has made everything durable.
          } catch (StorageException e) {
            notices.failed(e);
          }
        });
  }

  @Override
  public final long durableSequence() {
    leases.requireOpen();
    return notices.durable();
  }

  @Override
  public final long appliedIndex(long group) {
    leases.requireOpen();
    return applied.visible(group);
  }

  @Override
  public final long durableAppliedIndex(long group) {
    leases.requireOpen();
    return applied.durable(group);
  }

  @Override
  public final Registration onDurable(DurabilityListener listener) {
    leases.requireOpen();
    return notices.add(listener);
  }

  @Override
  public final void checkpoint(Path target) {
    leased(
        () -> {
          long start = System.nanoTime();
          long number = sequence.get();
          copyTo(target);
          PeerDirectory.mark(target, name);
          environment
              .events()
              .accept(new EngineEvent.Checkpointed(target, number, System.nanoTime() - start));
        });
  }

  @Override
  public final Verification verify() {
    leases.begin();
    try {
      check();
      long entries = 0;
      try (Cursor cursor = cursor(KeyRange.all())) {
        while (cursor.next()) {
          entries++;
        }
      }
      PeerDirectory.Contents contents = directory.contents();
      return new Verification(contents.files(), contents.bytes(), entries);
    } finally {
      leases.end();
    }
  }

  @Override
  public final EngineStats stats() {
    leases.begin();
    try {
      SortedMap<String, Long> details = new TreeMap<>();
      Figures figures = figures(details);
      return new EngineStats(
          ByteLedger.EMPTY,
          userBytes(),
          figures.liveEntries(),
          -1,
          figures.diskBytes(),
          slots.readOperations(),
          figures.readBlocks(),
          figures.fileBytesRead(),
          figures.offHeapBytes(),
          figures.indexBytes(),
          figures.stallNanos(),
          figures.pendingBytes(),
          details);
    } finally {
      leases.end();
    }
  }

  @Override
  public final void close() {
    if (!leases.shut()) {
      return;
    }
    notices.close();
    boolean drained = slots.close(CLOSE_NANOS);
    StorageException failure = finished();
    int left = leases.await(CLOSE_NANOS, !drained);
    environment.events().accept(new EngineEvent.Closed(directory.path()));
    if (failure != null) {
      throw failure;
    }
    if (left > 0 || !drained) {
      throw new StorageException.Closed(
          name
              + " at "
              + directory.path()
              + " was closed with "
              + left
              + " cursors, snapshots or operations open; its files stay open until they end");
    }
  }

  /// Makes a copy that opens as a store of its own; the folder does not exist yet.
  protected abstract void copyTo(Path target);

  /// Runs the store's own check, where it has one.
  ///
  /// @throws StorageException.Corrupt for damage
  protected abstract void check();

  private @Nullable StorageException finished() {
    try {
      finish();
      notices.raise(sequence.get());
      return null;
    } catch (StorageException e) {
      return e;
    }
  }

  private void freeAll() {
    try {
      free();
    } finally {
      directory.close();
    }
  }

  /// Checks what a batch holds against the engine's limits.
  private final class Limits implements BatchVisitor {
    @Override
    public void put(
        MemorySegment segment, long keyOffset, int keyLength, long valueOffset, int valueLength) {
      traits.requireKey(keyLength);
      traits.requireValue(valueLength);
    }

    @Override
    public void delete(MemorySegment segment, long keyOffset, int keyLength) {
      traits.requireKey(keyLength);
    }

    @Override
    public void deleteRange(
        MemorySegment segment, long fromOffset, int fromLength, long toOffset, int toLength) {
      if (Math.max(fromLength, toLength) > EngineTraits.KEY_BYTES_LIMIT) {
        throw new StorageException.LimitExceeded("a bound of a range is longer than any key");
      }
    }
  }

  /// What only the store knows; a negative number means that it does not tell.
  ///
  /// @param liveEntries live entries
  /// @param diskBytes bytes of its files
  /// @param readBlocks blocks or pages that point reads touched
  /// @param fileBytesRead bytes read from files
  /// @param offHeapBytes native memory in use, mappings left out
  /// @param indexBytes the part of it that indexes keys
  /// @param stallNanos how long writers were held back
  /// @param pendingBytes bytes that background work has yet to rewrite
  public record Figures(
      long liveEntries,
      long diskBytes,
      long readBlocks,
      long fileBytesRead,
      long offHeapBytes,
      long indexBytes,
      long stallNanos,
      long pendingBytes) {}
}
