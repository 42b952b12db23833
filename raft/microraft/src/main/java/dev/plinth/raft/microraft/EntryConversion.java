package dev.plinth.raft.microraft;

import dev.plinth.raft.store.EntryBatch;
import dev.plinth.raft.store.EntryTypes;
import io.microraft.model.RaftModelFactory;
import io.microraft.model.groupop.RaftGroupOp;
import io.microraft.model.log.LogEntry;
import io.microraft.persistence.RaftStoreSerializer;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// MicroRaft's entries as entries of a log store, and back.
///
/// With [PlinthSerializer] a command is kept as its bare bytes: index and term are the log's own.
/// Everything else is kept as the serializer writes it.
final class EntryConversion {
  /// The type of an entry that the serializer has written, other than a change of members.
  static final int ENCODED = 16;

  private final RaftModelFactory models;
  private final RaftStoreSerializer.Serializer<LogEntry> serializer;
  private final boolean isBare;

  EntryConversion(RaftModelFactory models, RaftStoreSerializer serializer) {
    this.models = models;
    this.serializer = serializer.logEntrySerializer();
    this.isBare = serializer instanceof PlinthSerializer;
  }

  /// Adds an entry to a batch.
  void add(LogEntry entry, EntryBatch batch) {
    Object operation = entry.getOperation();
    if (isBare && operation instanceof byte[] command) {
      batch.add(entry.getIndex(), entry.getTerm(), EntryTypes.DATA, command);
      return;
    }
    int type = operation instanceof RaftGroupOp ? EntryTypes.CONFIGURATION : ENCODED;
    batch.add(entry.getIndex(), entry.getTerm(), type, serializer.serialize(entry));
  }

  /// An entry as MicroRaft knows it; its bytes are copied.
  LogEntry entry(long index, long term, int type, MemorySegment segment, long offset, int length) {
    byte[] bytes = new byte[length];
    MemorySegment.copy(segment, ValueLayout.JAVA_BYTE, offset, bytes, 0, length);
    if (type == EntryTypes.DATA) {
      return models
          .createLogEntryBuilder()
          .setIndex(index)
          .setTerm((int) term)
          .setOperation(bytes)
          .build();
    }
    return serializer.deserialize(bytes);
  }
}
