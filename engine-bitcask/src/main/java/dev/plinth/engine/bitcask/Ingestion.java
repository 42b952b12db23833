package dev.plinth.engine.bitcask;

import dev.plinth.kit.memory.Keys;
import dev.plinth.spi.ByteCause;
import dev.plinth.spi.EngineTraits;
import dev.plinth.spi.EntrySource;
import dev.plinth.spi.StorageException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/// Adds sorted entries as one atomic and durable write: they go straight into data files of their
/// own, which one manifest edit makes part of the store. Writers wait while it takes effect.
final class Ingestion {
  private final Parts parts;
  private final EngineTraits traits;
  private final List<Piece> pieces = new ArrayList<>();
  private final ValuePacker packer;
  private byte[] lastKey = {};
  private long userBytes;

  Ingestion(Parts parts, EngineTraits traits) {
    this.parts = parts;
    this.traits = traits;
    this.packer = new ValuePacker(parts.options.compression());
  }

  long userBytes() {
    return userBytes;
  }

  long run(EntrySource source) {
    boolean done = false;
    try {
      parts.maintenance.requireWritable(false);
      while (source.next()) {
        add(source);
      }
      if (pieces.isEmpty()) {
        return parts.committer.visible();
      }
      for (Piece piece : pieces) {
        piece.writer.finish();
        piece.file.bytes(piece.writer.position());
      }
      long sequence = commit();
      done = true;
      return sequence;
    } finally {
      for (Piece piece : pieces) {
        piece.writer.close();
        if (!done && !parts.health.isPoisoned()) {
          parts.files.delete(piece.file);
        }
      }
    }
  }

  private void add(EntrySource source) {
    int keyLength = source.keyLength();
    int valueLength = source.valueLength();
    traits.requireKey(keyLength);
    traits.requireValue(valueLength);
    MemorySegment key = source.keySegment();
    boolean ascends =
        lastKey.length == 0
            || Keys.compare(
                    key,
                    source.keyOffset(),
                    keyLength,
                    MemorySegment.ofArray(lastKey),
                    0,
                    lastKey.length)
                > 0;
    if (!ascends) {
      throw new IllegalArgumentException(
          "the keys of an ingestion must ascend; entry " + (count() + 1) + " does not");
    }
    lastKey =
        key.asSlice(source.keyOffset(), keyLength).toArray(java.lang.foreign.ValueLayout.JAVA_BYTE);
    long bytes = RecordFormat.bytes(1, keyLength, valueLength);
    if (pieces.isEmpty()
        || pieces.getLast().writer.position() + bytes > parts.options.fileBytesMax()) {
      pieces.add(new Piece());
    }
    packer.take(RecordFormat.PUT, source.valueSegment(), source.valueOffset(), valueLength);
    pieces
        .getLast()
        .writer
        .add(
            RecordFormat.PUT,
            packer.code(),
            true,
            1,
            key,
            source.keyOffset(),
            keyLength,
            packer.segment(),
            packer.offset(),
            packer.length());
    userBytes += keyLength + (long) valueLength;
  }

  private long count() {
    return pieces.stream().mapToLong(piece -> piece.writer.tally().puts()).sum();
  }

  /// Everything before becomes durable, then the files, then all of it visible.
  private long commit() {
    parts.merger.lock().lock();
    parts.appender.lock().lock();
    try {
      parts.maintenance.requireWritable(false);
      parts.committer.lock().lock();
      try {
        parts.endAppendFile();
      } finally {
        parts.committer.lock().unlock();
      }
      parts.maintenance.awaitSealed();
      return install();
    } finally {
      parts.appender.lock().unlock();
      parts.merger.lock().unlock();
    }
  }

  private long install() {
    long sequence = parts.appender.sequence() + 1;
    List<CatalogEdit> edits = new ArrayList<>();
    List<DataFile> files = new ArrayList<>();
    for (Piece piece : pieces) {
      FileEntry entry =
          FileEntry.open(piece.file.number, piece.file.kind, piece.file.identity, sequence - 1)
              .seal(piece.writer.position(), piece.tally(sequence));
      edits.add(new CatalogEdit.File(entry));
      DataFile file = parts.files.reopen(piece.file, entry);
      files.add(file);
      piece.file = file;
      parts.files.writeHint(file);
    }
    parts.files.syncDirectory();
    try {
      parts.catalog.append(edits);
      apply(files, sequence);
    } catch (RuntimeException e) {
      parts.maintenance.poison(e);
      throw e;
    }
    return sequence;
  }

  private void apply(List<DataFile> files, long sequence) {
    parts.committer.lock().lock();
    long token = parts.epochs.enter();
    try {
      parts.committer.applying(true);
      for (DataFile file : files) {
        MemorySegment memory = file.window(0).segment();
        long at = DataFileFormat.HEADER_BYTES;
        while (at < file.bytes()) {
          long parsed = RecordFormat.parse(memory, at, file.bytes());
          if (parsed < 0) {
            throw new StorageException.Corrupt(file.path, at, "a record is expected");
          }
          parts.live.applyIngested(file, memory, at, parsed);
          at += RecordFormat.recordBytes(parsed);
        }
      }
      parts.appender.advanceTo(sequence);
      parts.committer.advanceTo(sequence);
      parts.listeners.durable(sequence);
    } finally {
      parts.epochs.exit(token);
      parts.committer.applying(false);
      parts.committer.lock().unlock();
    }
  }

  /// A file being filled.
  private final class Piece {
    private DataFile file = parts.files.create(FileEntry.Kind.INGESTED, 0);
    private final RecordWriter writer =
        new RecordWriter(file.file(), file.identity, 0, ByteCause.LOG);

    RecordTally tally(long sequence) {
      RecordTally tally = new RecordTally();
      tally.addPuts(writer.tally().puts(), sequence);
      return tally;
    }
  }
}
