package dev.plinth.lsm.table;

import dev.plinth.kit.disk.Readahead;
import dev.plinth.kit.memory.KeyCopy;
import dev.plinth.kit.merge.EntryCursor;
import dev.plinth.kit.merge.Tag;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongConsumer;

/// Walks the entries of a sorted run: tables one behind the other that do not overlap. Not
/// thread-safe; the tables must stay open.
public final class TableCursor extends EntryCursor {
  /// Seeks that are counted here before they are told, which costs a shared counter.
  private static final int SEEKS_PER_WORD = 64;

  private final Run run;
  private final Block index = new Block(1);
  private final Block data = new Block(TableFormat.RESTART_INTERVAL);
  private final UnpackedBlocks unpacker = new UnpackedBlocks();
  private final BlobReader blob = new BlobReader();
  private final boolean keeps;
  private final LongAdder counted;
  private final Readahead ahead;
  private final LongConsumer sought;
  private MemorySegment scratch;
  private MemorySegment scratchReadOnly;
  private long restartKeyOffset;
  private int restart = -1;
  private int intact;
  private Table table;
  private int tableOrdinal = -1;
  private int partition;
  private int indexOrdinal;
  private int ordinal;
  private long blocks;
  private int seeks;

  /// A cursor over the tables of a run, of which there is at least one.
  ///
  /// @param keeps whether blocks that it is sent to, not those it walks over, are put into the
  ///   cache
  /// @param counted gets the number of data blocks it has read when it is closed
  /// @param ahead decides what the disk is told of before it is read; of this cursor alone
  public TableCursor(Run run, boolean keeps, LongAdder counted, Readahead ahead) {
    this(run, keeps, counted, ahead, _ -> {});
  }

  /// The same.
  ///
  /// @param sought told now and then, and when it is closed, how often it was sent to a place since
  public TableCursor(
      Run run, boolean keeps, LongAdder counted, Readahead ahead, LongConsumer sought) {
    this.ahead = ahead;
    this.counted = counted;
    this.sought = sought;
    this.run = run;
    this.keeps = keeps;
    this.table = run.table(0);
    this.scratch = Arena.ofAuto().allocate(128, 8);
    this.scratchReadOnly = scratch.asReadOnly();
  }

  /// The tables of a run, in the order of their keys.
  public interface Run {
    /// How many tables there are.
    int size();

    /// A table, open.
    Table table(int ordinal);

    /// The ordinal of the first table that may hold keys at or behind the given one; [#size()] when
    /// there is none.
    int tableOf(MemorySegment key, long offset, int length);

    /// The highest sequence number in any of them.
    long sequenceMax();

    /// The blob files that the tables refer to.
    BlobSource blobs();
  }

  @Override
  public void first() {
    countSeek();
    firstOf(0);
  }

  @Override
  public void last() {
    countSeek();
    lastOf(run.size() - 1);
  }

  @Override
  public void seek(MemorySegment key, long offset, int length, long target) {
    int to = run.tableOf(key, offset, length);
    if (to == run.size()) {
      valid = false;
      return;
    }
    countSeek();
    openTable(to);
    int at = table.partitionOf(key, offset, length);
    if (at == table.indexBlocks()) {
      firstOf(to + 1);
      return;
    }
    openPartition(at);
    openBlock(index.lowerBound(key, offset, length, Tag.FIRST), keeps);
    ordinal = data.lowerBound(key, offset, length, target - table.tagBase());
    while (ordinal == data.count) {
      nextBlock();
      if (!valid) {
        return;
      }
      ordinal = data.lowerBound(key, offset, length, target - table.tagBase());
    }
    show();
  }

  @Override
  public void next() {
    if (++ordinal < data.count) {
      show();
    } else {
      nextBlock();
    }
  }

  @Override
  public void previous() {
    if (--ordinal >= 0) {
      show();
    } else {
      previousBlock();
    }
  }

  @Override
  public long sequenceMax() {
    return run.sequenceMax();
  }

  @Override
  public void fetchValue() {
    blob.fetch(run.blobs(), valueSegment, valueOffset, valueLength);
    valueSegment = blob.segment();
    valueOffset = blob.offset();
    valueLength = blob.length();
    valueElsewhere = false;
  }

  @Override
  public void readValue(MemorySegment reference, long offset, int length, KeyCopy target) {
    blob.fetch(run.blobs(), reference, offset, length);
    target.set(blob.segment(), blob.offset(), blob.length());
  }

  @Override
  public void close() {
    valid = false;
    unpacker.release();
    blob.release();
    counted.add(blocks);
    blocks = 0;
    tellSeeks();
  }

  private void countSeek() {
    if (++seeks == SEEKS_PER_WORD) {
      tellSeeks();
    }
  }

  private void tellSeeks() {
    if (seeks > 0) {
      sought.accept(seeks);
      seeks = 0;
    }
  }

  private void firstOf(int from) {
    for (int to = from; to < run.size(); to++) {
      openTable(to);
      if (table.indexBlocks() > 0) {
        openPartition(0);
        openBlock(0);
        ordinal = 0;
        show();
        return;
      }
    }
    valid = false;
  }

  private void lastOf(int from) {
    for (int to = from; to >= 0; to--) {
      openTable(to);
      if (table.indexBlocks() > 0) {
        openPartition(table.indexBlocks() - 1);
        openBlock(index.count - 1);
        ordinal = data.count - 1;
        show();
        return;
      }
    }
    valid = false;
  }

  private void nextBlock() {
    if (indexOrdinal + 1 < index.count) {
      openBlock(indexOrdinal + 1);
    } else if (partition + 1 < table.indexBlocks()) {
      openPartition(partition + 1);
      openBlock(0);
    } else {
      firstOf(tableOrdinal + 1);
      return;
    }
    ordinal = 0;
    show();
  }

  private void previousBlock() {
    if (indexOrdinal > 0) {
      openBlock(indexOrdinal - 1);
    } else if (partition > 0) {
      openPartition(partition - 1);
      openBlock(index.count - 1);
    } else {
      lastOf(tableOrdinal - 1);
      return;
    }
    ordinal = data.count - 1;
    show();
  }

  private void openTable(int to) {
    if (to != tableOrdinal) {
      if (to == tableOrdinal + 1) {
        ahead.turn();
      } else {
        ahead.reset();
      }
      table = run.table(to);
      tableOrdinal = to;
      partition = -1;
    }
  }

  private void openPartition(int to) {
    if (to != partition) {
      table.partition(index, to);
      partition = to;
      indexOrdinal = -1;
    }
  }

  private void openBlock(int to) {
    openBlock(to, false);
  }

  private void openBlock(int to, boolean keep) {
    if (to != indexOrdinal) {
      table.dataBlock(index, to, data, unpacker, keep, ahead);
      indexOrdinal = to;
      restart = -1;
      blocks++;
    }
  }

  private void show() {
    Block block = data;
    block.decode(ordinal);
    keyLength = block.shared + block.suffixLength;
    tag = block.tag + table.tagBase();
    valueSegment = block.segment;
    valueOffset = block.valueOffset;
    valueLength = block.valueLength;
    valueElsewhere = Tag.kind(block.tag) == Tag.BLOB;
    if (block.shared == 0) {
      keySegment = block.segment;
      keyOffset = block.suffixOffset;
    } else {
      assemble(block);
    }
    keyWord = words.ofInner(keySegment, keyOffset, keyLength);
    valid = true;
  }

  /// Puts a key together from that of its restart and its suffix. Of the restart's key `intact`
  /// bytes are still in the scratch memory.
  private void assemble(Block block) {
    int shared = block.shared;
    int suffix = block.suffixLength;
    long suffixOffset = block.suffixOffset;
    if (scratch.byteSize() < keyLength) {
      scratch = Arena.ofAuto().allocate(2L * keyLength, 8);
      scratchReadOnly = scratch.asReadOnly();
      restart = -1;
    }
    int mine = block.restartOf(ordinal);
    if (mine != restart) {
      block.decode(mine);
      restartKeyOffset = block.suffixOffset;
      restart = mine;
      intact = 0;
    }
    if (shared > intact) {
      MemorySegment.copy(
          block.segment, restartKeyOffset + intact, scratch, intact, shared - (long) intact);
    }
    MemorySegment.copy(block.segment, suffixOffset, scratch, shared, suffix);
    intact = shared;
    keySegment = scratchReadOnly;
    keyOffset = 0;
  }
}
