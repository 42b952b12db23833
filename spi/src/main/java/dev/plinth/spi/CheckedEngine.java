package dev.plinth.spi;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// Tells when lent memory is misused: what an engine hands out is a copy in an arena of its own
/// that is closed when the loan ends, so that a segment that escaped throws; open cursors and
/// snapshots are remembered with the stack that opened them; a write from inside a visitor throws.
final class CheckedEngine implements Engine {
  private final Engine engine;
  private final Map<AutoCloseable, Throwable> leases = new ConcurrentHashMap<>();
  private final Set<Thread> visiting = ConcurrentHashMap.newKeySet();

  CheckedEngine(Engine engine) {
    this.engine = engine;
  }

  @Override
  public EngineTraits traits() {
    return engine.traits();
  }

  @Override
  public long write(WriteBatch batch, Durability durability) {
    requireNoVisitor();
    return engine.write(batch, durability);
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
    requireNoVisitor();
    return engine.put(key, keyOffset, keyLength, value, valueOffset, valueLength, durability);
  }

  @Override
  public long delete(MemorySegment key, long keyOffset, int keyLength, Durability durability) {
    requireNoVisitor();
    return engine.delete(key, keyOffset, keyLength, durability);
  }

  @Override
  public long deleteRange(KeyRange range, Durability durability) {
    requireNoVisitor();
    return engine.deleteRange(range, durability);
  }

  @Override
  public boolean read(MemorySegment key, long offset, int length, ValueVisitor visitor) {
    return engine.read(key, offset, length, copying(visitor));
  }

  @Override
  public long copy(
      MemorySegment key,
      long offset,
      int length,
      MemorySegment target,
      long targetOffset,
      long targetLength) {
    return engine.copy(key, offset, length, target, targetOffset, targetLength);
  }

  @Override
  public int readMany(
      MemorySegment keys, long[] offsets, int[] lengths, int count, IndexedValueVisitor visitor) {
    return engine.readMany(keys, offsets, lengths, count, copying(visitor));
  }

  @Override
  public Cursor cursor(KeyRange range) {
    return lease(engine.cursor(range));
  }

  @Override
  public Snapshot snapshot() {
    return lease(engine.snapshot());
  }

  private Snapshot lease(Snapshot snapshot) {
    CheckedSnapshot checked = new CheckedSnapshot(this, snapshot);
    leases.put(checked, new Throwable("snapshot opened here"));
    return checked;
  }

  @Override
  public void keepSnapshot(String name) {
    requireNoVisitor();
    engine.keepSnapshot(name);
  }

  @Override
  public void dropSnapshot(String name) {
    requireNoVisitor();
    engine.dropSnapshot(name);
  }

  @Override
  public List<String> keptSnapshots() {
    return engine.keptSnapshots();
  }

  @Override
  public Snapshot openSnapshot(String name) {
    return lease(engine.openSnapshot(name));
  }

  @Override
  public long sequence() {
    return engine.sequence();
  }

  @Override
  public long flush() {
    requireNoVisitor();
    return engine.flush();
  }

  @Override
  public void requestFlush() {
    requireNoVisitor();
    engine.requestFlush();
  }

  @Override
  public long durableSequence() {
    return engine.durableSequence();
  }

  @Override
  public long appliedIndex(long group) {
    return engine.appliedIndex(group);
  }

  @Override
  public long durableAppliedIndex(long group) {
    return engine.durableAppliedIndex(group);
  }

  @Override
  public Registration onDurable(DurabilityListener listener) {
    return engine.onDurable(listener);
  }

  @Override
  public long ingest(EntrySource source) {
    requireNoVisitor();
    return engine.ingest(source);
  }

  @Override
  public void checkpoint(Path directory) {
    requireNoVisitor();
    engine.checkpoint(directory);
  }

  @Override
  public void compact(KeyRange range) {
    requireNoVisitor();
    engine.compact(range);
  }

  @Override
  public void settle() {
    requireNoVisitor();
    engine.settle();
  }

  @Override
  public Verification verify() {
    return engine.verify();
  }

  @Override
  public long approximateBytes(KeyRange range) {
    return engine.approximateBytes(range);
  }

  @Override
  public EngineStats stats() {
    return engine.stats();
  }

  @Override
  public void close() {
    requireNoVisitor();
    try {
      engine.close();
    } catch (StorageException e) {
      leases.values().forEach(e::addSuppressed);
      throw e;
    }
  }

  Cursor lease(Cursor cursor) {
    CheckedCursor checked = new CheckedCursor(cursor, this::release);
    leases.put(checked, new Throwable("cursor opened here"));
    return checked;
  }

  void release(AutoCloseable lease) {
    leases.remove(lease);
  }

  ValueVisitor copying(ValueVisitor visitor) {
    return (segment, offset, length) -> {
      Thread thread = Thread.currentThread();
      boolean outermost = visiting.add(thread);
      try (Arena arena = Arena.ofConfined()) {
        visitor.value(copyOf(segment, offset, length, arena), 0, length);
      } finally {
        if (outermost) {
          visiting.remove(thread);
        }
      }
    };
  }

  IndexedValueVisitor copying(IndexedValueVisitor visitor) {
    return (index, segment, offset, length) ->
        copying((copy, start, size) -> visitor.value(index, copy, start, size))
            .value(segment, offset, length);
  }

  static MemorySegment copyOf(MemorySegment segment, long offset, int length, Arena arena) {
    MemorySegment copy = arena.allocate(Math.max(1, length));
    MemorySegment.copy(segment, offset, copy, 0, length);
    return copy.asReadOnly();
  }

  private void requireNoVisitor() {
    if (visiting.contains(Thread.currentThread())) {
      throw new IllegalStateException("an engine must not be written or closed by a visitor");
    }
  }
}
