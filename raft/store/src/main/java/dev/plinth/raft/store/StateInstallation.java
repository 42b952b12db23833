package dev.plinth.raft.store;

import dev.plinth.kit.memory.Layouts;
import dev.plinth.spi.BatchVisitor;
import dev.plinth.spi.Durability;
import dev.plinth.spi.Engine;
import dev.plinth.spi.WriteBatch;
import java.lang.foreign.MemorySegment;
import java.util.BitSet;

/// An installation under way: takes the chunks of a [StateSnapshot] in any order, each as often as
/// it comes, into a directory beside the store's; [#finish()] puts it in the store's place as one
/// step. One thread at a time; close it, which abandons what was not finished.
public final class StateInstallation implements AutoCloseable {
  private final StateMachineStore store;
  private final Engine engine;
  private final long number;
  private final WriteBatch batch = new WriteBatch();
  private final BitSet taken = new BitSet();
  private int chunks = -1;
  private boolean done;

  StateInstallation(StateMachineStore store, Engine engine, long number) {
    this.store = store;
    this.engine = engine;
    this.number = number;
  }

  /// Takes a chunk.
  ///
  /// @throws IllegalArgumentException when it is not a chunk or was changed on its way; nothing was
  ///   taken
  public void accept(MemorySegment chunk, long offset, long length) {
    requireOpen();
    if (!StateChunkFormat.isGood(chunk, offset, length)) {
      throw new IllegalArgumentException("these " + length + " bytes are no chunk of a snapshot");
    }
    long at = chunk.get(Layouts.LONG, offset + StateChunkFormat.NUMBER_OFFSET);
    if (at < 0 || at > Integer.MAX_VALUE - 1 || taken.get((int) at)) {
      return;
    }
    batch.clear();
    long bad =
        WriteBatch.decode(
            chunk,
            offset + StateChunkFormat.HEADER_BYTES,
            length - StateChunkFormat.HEADER_BYTES,
            new Puts());
    if (bad >= 0) {
      throw new IllegalArgumentException("the chunk holds an entry that is not well formed");
    }
    engine.write(batch, Durability.BUFFERED);
    taken.set((int) at);
    if (chunk.get(Layouts.BYTE, offset + StateChunkFormat.LAST_OFFSET) == 1) {
      chunks = (int) at + 1;
    }
  }

  /// Whether every chunk is there.
  public boolean isComplete() {
    return chunks >= 0 && taken.nextClearBit(0) >= chunks;
  }

  /// Puts the snapshot in the place of everything that the store holds, durably and as one step.
  ///
  /// @throws IllegalStateException when chunks are missing
  public void finish() {
    requireOpen();
    if (!isComplete()) {
      throw new IllegalStateException("chunk " + taken.nextClearBit(0) + " is missing");
    }
    for (long group : StateMachineStore.groups(engine)) {
      batch.clear();
      batch.applied(group, StateMachineStore.applied(engine, group).index());
      engine.write(batch, Durability.BUFFERED);
    }
    done = true;
    store.finish(engine, number);
  }

  private void requireOpen() {
    if (done) {
      throw new IllegalStateException("the installation has ended");
    }
  }

  @Override
  public void close() {
    if (!done) {
      done = true;
      engine.close();
      store.abandon(number);
    }
  }

  private final class Puts implements BatchVisitor {
    @Override
    public void put(
        MemorySegment segment, long keyOffset, int keyLength, long valueOffset, int valueLength) {
      batch.put(segment, keyOffset, keyLength, segment, valueOffset, valueLength);
    }

    @Override
    public void delete(MemorySegment segment, long keyOffset, int keyLength) {
      throw new IllegalArgumentException("a chunk holds puts only");
    }

    @Override
    public void deleteRange(
        MemorySegment segment, long fromOffset, int fromLength, long toOffset, int toLength) {
      throw new IllegalArgumentException("a chunk holds puts only");
    }
  }
}
