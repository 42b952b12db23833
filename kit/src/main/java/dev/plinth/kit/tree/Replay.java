package dev.plinth.kit.tree;

import dev.plinth.kit.log.LogVisitor;
import dev.plinth.kit.log.LogWriter;
import dev.plinth.kit.memory.SlabPool;
import dev.plinth.kit.memtable.Memtable;
import dev.plinth.spi.EngineTraits;
import dev.plinth.spi.StorageException;
import dev.plinth.spi.WriteBatch;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Puts the batches of a log into memtables while the log is opened. Nothing is flushed meanwhile,
/// since the end of the log is not durable before the log says so. Where layers that point into the
/// log stand between memtables and tables, values stay in the log. Not thread-safe.
public final class Replay implements LogVisitor {
  private static final EngineTraits LIMITS =
      new EngineTraits(
          EngineTraits.KEY_BYTES_LIMIT,
          EngineTraits.VALUE_BYTES_LIMIT,
          Integer.MAX_VALUE,
          true,
          EngineTraits.CheckpointKind.LINKED,
          EngineTraits.LogOff.NO_LOG,
          false);

  private final Memtables tree;
  private final Path directory;
  private final List<Layer> layers = new ArrayList<>();
  private final Map<Long, Long> applied;
  private final BatchCheck check = new BatchCheck();
  private final BatchInsert insert = new BatchInsert();
  private long last;
  private long startSequence;
  private long batches;

  /// A replay into empty memtables, behind what is in tables.
  public Replay(Memtables tree) {
    this.tree = tree;
    this.directory = tree.path();
    this.last = tree.flushedSequence();
    this.startSequence = last;
    this.applied = new HashMap<>(tree.flushedIndexes());
    layers.add(newest(tree.pool().acquire()));
  }

  /// Ends the replay with a memtable that takes writes; to be called where layers point into the
  /// log.
  ///
  /// @param logEnd no record appended from now on has a lower position
  public void end(long logEnd) {
    Layer newest = layers.getFirst();
    if (!newest.isPointing()) {
      return;
    }
    if (last == startSequence) {
      layers.removeFirst().release();
    } else {
      newest.freeze(last, logEnd, Map.copyOf(applied));
    }
    layers.addFirst(tree.layer(tree.pool().acquire()));
    startSequence = last;
  }

  /// The layers, the newest first.
  public List<Layer> layers() {
    return layers;
  }

  /// The sequence number of the last batch.
  public long last() {
    return last;
  }

  /// The sequence number that the newest layer starts behind.
  public long startSequence() {
    return startSequence;
  }

  /// The applied indexes.
  public Map<Long, Long> applied() {
    return applied;
  }

  /// How many batches were put into memtables.
  public long batches() {
    return batches;
  }

  @Override
  public void record(
      int type,
      long position,
      long first,
      long second,
      MemorySegment segment,
      long offset,
      int length) {
    int header = type == LogRecords.APPLIED_BATCH ? LogRecords.APPLIED_BYTES : 0;
    if ((type != LogRecords.BATCH && header == 0) || length < header) {
      throw corrupt(position, "a record of unknown type " + type + " or cut short");
    }
    check.start(LIMITS);
    long bad = WriteBatch.decode(segment, offset + header, length - (long) header, check);
    if (bad >= 0) {
      throw corrupt(position, "its batch does not decode at " + (bad - offset));
    }
    long sequence = first + Math.max(1, check.count()) - 1;
    if (sequence <= last) {
      return;
    }
    if (first > last + 1) {
      throw corrupt(
          position,
          "batch "
              + first
              + ", and what is in tables ends with "
              + last
              + ": an edit of the manifest or a part of the log is missing");
    }
    reserve(tree.isStaged() ? check.pointingBytes() : check.bytes(), position);
    long body = LogWriter.bodyPosition(position, first, second, length);
    insert.start(layers.getFirst(), first, body - offset);
    WriteBatch.decode(segment, offset + header, length - (long) header, insert);
    if (header > 0) {
      applied.put(LogRecords.group(segment, offset), LogRecords.index(segment, offset));
    }
    last = sequence;
    batches++;
  }

  /// Layers grow from one to the next, so that few hold a long log also when memtables are small.
  private void reserve(long bytes, long position) {
    Layer newest = layers.getFirst();
    Memtable memtable = newest.memtable();
    if (memtable.fits(bytes) && memtable.rangeCount() < tree.limits().rangeDeletesMax()) {
      return;
    }
    newest.freeze(last, position, Map.copyOf(applied));
    long size = Math.max(Memtable.slabBytes(bytes), Math.min(1L << 30, 2 * memtable.bytesHeld()));
    boolean plain =
        layers.size() < tree.limits().memtablesMax() && bytes < tree.pool().slabBytes() / 2;
    SlabPool.Slab slab = plain ? tree.pool().acquire() : tree.pool().acquireLarge(size);
    layers.addFirst(newest(slab));
    startSequence = last;
  }

  private Layer newest(SlabPool.Slab slab) {
    return tree.isStaged() ? new Layer(new Memtable(tree.pool(), slab), true) : tree.layer(slab);
  }

  private StorageException corrupt(long position, String detail) {
    return new StorageException.Corrupt(
        directory, position, "the log's record there has " + detail);
  }
}
