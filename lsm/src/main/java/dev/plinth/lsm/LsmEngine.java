package dev.plinth.lsm;

import dev.plinth.kit.log.LogWriter;
import dev.plinth.kit.manifest.ManifestLog;
import dev.plinth.kit.merge.KeyBounds;
import dev.plinth.kit.tree.CommitQueue;
import dev.plinth.spi.Cursor;
import dev.plinth.spi.Durability;
import dev.plinth.spi.DurabilityListener;
import dev.plinth.spi.Engine;
import dev.plinth.spi.EngineEvent;
import dev.plinth.spi.EngineOptions;
import dev.plinth.spi.EngineStats;
import dev.plinth.spi.EngineTraits;
import dev.plinth.spi.EntrySource;
import dev.plinth.spi.KeyRange;
import dev.plinth.spi.Snapshot;
import dev.plinth.spi.StorageException;
import dev.plinth.spi.ValueVisitor;
import dev.plinth.spi.WriteBatch;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// An engine on the LSM tree, whatever its compaction policy: the facade that hands every call to
/// the part that does it. Opened by [LsmOpening].
final class LsmEngine implements Engine {
  private static final long CLOSE_WAIT_NANOS = 10_000_000_000L;

  private final Tree tree;
  private final EngineTraits traits;
  private final CommitQueue commits;
  private final Maintenance maintenance;
  private final ManifestLog manifest;
  private final LogWriter log;
  private final TreeReads reads;
  private final Ingestion ingestion;
  private final String name;
  private final int formatVersion;
  private final EngineOptions engineOptions;

  LsmEngine(LsmOpening.Parts parts) {
    this.tree = parts.tree();
    this.traits = parts.traits();
    this.commits = parts.commits();
    this.maintenance = parts.maintenance();
    this.manifest = parts.manifest();
    this.log = parts.log();
    this.name = parts.name();
    this.formatVersion = LsmOpening.FORMAT_VERSION;
    this.engineOptions = parts.engineOptions();
    this.reads = new TreeReads(tree, traits);
    this.ingestion = new Ingestion(tree, traits, commits, maintenance);
  }

  @Override
  public EngineTraits traits() {
    return traits;
  }

  @Override
  public long write(WriteBatch batch, Durability durability) {
    return commits.write(batch, durability);
  }

  @Override
  public long put(
      MemorySegment key,
      long keyOffset,
      int keyLength,
      MemorySegment value,
      long valueOffset,
      int valueLength,
      Durability durability) {
    return commits.put(key, keyOffset, keyLength, value, valueOffset, valueLength, durability);
  }

  @Override
  public long delete(MemorySegment key, long keyOffset, int keyLength, Durability durability) {
    return commits.delete(key, keyOffset, keyLength, durability);
  }

  @Override
  public long deleteRange(KeyRange range, Durability durability) {
    return commits.write(new WriteBatch().deleteRange(range), durability);
  }

  @Override
  public boolean read(MemorySegment key, long offset, int length, ValueVisitor visitor) {
    return reads.read(key, offset, length, TreeReads.NEWEST, visitor);
  }

  @Override
  public long copy(
      MemorySegment key,
      long offset,
      int length,
      MemorySegment target,
      long targetOffset,
      long targetLength) {
    return reads.copy(key, offset, length, TreeReads.NEWEST, target, targetOffset, targetLength);
  }

  @Override
  public Cursor cursor(KeyRange range) {
    return tree.cursor(range, TreeReads.NEWEST);
  }

  @Override
  public Snapshot snapshot() {
    return new LsmSnapshot(tree, reads);
  }

  @Override
  public long sequence() {
    return tree.visible();
  }

  @Override
  public long flush() {
    return commits.flush();
  }

  @Override
  public void requestFlush() {
    commits.requestFlush();
  }

  @Override
  public long durableSequence() {
    return tree.durables.sequence();
  }

  @Override
  public long appliedIndex(long group) {
    return commits.applied(group);
  }

  @Override
  public long durableAppliedIndex(long group) {
    return tree.durables.applied(group);
  }

  @Override
  public Registration onDurable(DurabilityListener listener) {
    return tree.listeners.add(listener);
  }

  @Override
  public long ingest(EntrySource source) {
    return ingestion.ingest(source);
  }

  @Override
  public void checkpoint(Path directory) {
    long start = System.nanoTime();
    commits.flushMemory();
    long sequence = Checkpointing.make(tree, directory, name, formatVersion, engineOptions);
    tree.events.accept(
        new EngineEvent.Checkpointed(directory, sequence, System.nanoTime() - start));
  }

  @Override
  public void compact(KeyRange range) {
    commits.flushMemory();
    if (!range.isEmpty()) {
      byte[] from = range.from();
      maintenance.compactWhole(new KeyBounds(from == null ? new byte[0] : from, range.to()));
    }
  }

  @Override
  public void settle() {
    commits.flushMemory();
    maintenance.awaitIdle();
    tree.epochs.poll();
    log.dropSpares();
  }

  @Override
  public Verification verify() {
    return Verifier.verify(tree);
  }

  @Override
  public long approximateBytes(KeyRange range) {
    return ByteEstimate.of(tree, range);
  }

  @Override
  public EngineStats stats() {
    return LsmStats.of(tree, commits, maintenance, reads, log);
  }

  @Override
  public void close() {
    if (!tree.leases.startClosing()) {
      return;
    }
    int open = tree.leases.awaitNone(CLOSE_WAIT_NANOS);
    Steps steps = new Steps(tree.health.isPoisoned());
    if (!tree.options.logged()) {
      steps.run(commits::flushMemory);
    }
    steps.run(commits::close);
    steps.run(maintenance::stop);
    steps.run(this::closeLog);
    if (!tree.health.isPoisoned()) {
      steps.run(manifest::close);
    }
    steps.run(tree.listeners::close);
    tree.leases.close();
    steps.run(tree.epochs::close);
    tree.leases.whenNone(tree::free);
    steps.run(tree.directory::close);
    tree.events.accept(new EngineEvent.Closed(tree.directory.path()));
    if (tree.health.isPoisoned() && tree.durables.sequence() < tree.visible()) {
      steps.fail(tree.health.poisoned());
    }
    if (open > 0) {
      steps.fail(
          new StorageException.Closed(
              "the store was closed with "
                  + open
                  + " cursors or snapshots open; close them before the engine"));
    }
    steps.finish();
  }

  private void closeLog() {
    if (tree.options.logged() && !tree.health.isPoisoned()) {
      commits.markAll();
    }
    log.close();
    if (tree.options.logged() && !tree.health.isPoisoned()) {
      tree.durables.logDurable(log.syncedPosition());
    }
  }

  /// Runs every step of closing, whatever fails before.
  private static final class Steps {
    private final boolean poisoned;
    private @Nullable RuntimeException failure;

    /// @param poisoned whether it was when closing began, so that its failures are known
    Steps(boolean poisoned) {
      this.poisoned = poisoned;
    }

    void run(Runnable step) {
      try {
        step.run();
      } catch (StorageException e) {
        if (!poisoned) {
          fail(e);
        }
      } catch (RuntimeException e) {
        fail(e);
      }
    }

    void fail(RuntimeException e) {
      if (failure == null) {
        failure = e;
      } else {
        failure.addSuppressed(e);
      }
    }

    void finish() {
      if (failure != null) {
        throw failure;
      }
    }
  }
}
