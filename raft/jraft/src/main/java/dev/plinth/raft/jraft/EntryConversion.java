package dev.plinth.raft.jraft;

import com.alipay.sofa.jraft.entity.EnumOutter.EntryType;
import com.alipay.sofa.jraft.entity.LogEntry;
import com.alipay.sofa.jraft.entity.LogId;
import com.alipay.sofa.jraft.entity.codec.LogEntryCodecFactory;
import com.alipay.sofa.jraft.entity.codec.LogEntryDecoder;
import com.alipay.sofa.jraft.entity.codec.LogEntryEncoder;
import com.alipay.sofa.jraft.entity.codec.v2.LogEntryV2CodecFactory;
import dev.plinth.raft.store.EntryBatch;
import dev.plinth.raft.store.EntryTypes;
import dev.plinth.spi.StorageException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/// JRaft's entries as entries of a log store, and back.
///
/// A command, or the empty entry of a new leader, is kept as its bare bytes: index, term and type
/// are the log's own. Everything else (members, entries with JRaft's checksum, and all entries when
/// the node was given a codec of its own, which may encrypt) is kept as the codec writes it.
final class EntryConversion {
  /// The type of an entry that the codec has written, other than a change of members.
  static final int ENCODED = 16;

  private static final byte[] NOTHING = new byte[0];

  private final LogEntryEncoder encoder;
  private final LogEntryDecoder decoder;
  private final boolean codecIsKnown;

  EntryConversion(LogEntryCodecFactory codec) {
    this.encoder = codec.encoder();
    this.decoder = codec.decoder();
    this.codecIsKnown = codec instanceof LogEntryV2CodecFactory;
  }

  /// Adds an entry to a batch.
  void add(LogEntry entry, EntryBatch batch) {
    long index = entry.getId().getIndex();
    long term = entry.getId().getTerm();
    ByteBuffer data = entry.getData();
    if (isBare(entry)) {
      int type = entry.getType() == EntryType.ENTRY_TYPE_DATA ? EntryTypes.DATA : EntryTypes.NO_OP;
      if (data == null || !data.hasRemaining()) {
        batch.add(index, term, type, NOTHING);
      } else {
        MemorySegment segment = MemorySegment.ofBuffer(data);
        batch.add(index, term, type, 0, segment, 0, data.remaining());
      }
      return;
    }
    boolean members = entry.getType() == EntryType.ENTRY_TYPE_CONFIGURATION;
    batch.add(index, term, members ? EntryTypes.CONFIGURATION : ENCODED, encoder.encode(entry));
  }

  private boolean isBare(LogEntry entry) {
    return codecIsKnown
        && entry.getType() != EntryType.ENTRY_TYPE_CONFIGURATION
        && (entry.getType() == EntryType.ENTRY_TYPE_DATA
            || entry.getType() == EntryType.ENTRY_TYPE_NO_OP)
        && !entry.hasChecksum()
        && isEmpty(entry.getPeers())
        && isEmpty(entry.getOldPeers())
        && isEmpty(entry.getLearners())
        && isEmpty(entry.getOldLearners());
  }

  private static boolean isEmpty(@Nullable Collection<?> peers) {
    return peers == null || peers.isEmpty();
  }

  /// An entry as JRaft knows it; its bytes are copied.
  ///
  /// @throws StorageException.UnsupportedFormat when the codec does not understand them
  LogEntry entry(long index, long term, int type, MemorySegment segment, long offset, int length) {
    byte[] bytes = length == 0 ? NOTHING : new byte[length];
    MemorySegment.copy(segment, ValueLayout.JAVA_BYTE, offset, bytes, 0, length);
    if (type == EntryTypes.DATA || type == EntryTypes.NO_OP) {
      LogEntry entry =
          new LogEntry(
              type == EntryTypes.DATA ? EntryType.ENTRY_TYPE_DATA : EntryType.ENTRY_TYPE_NO_OP);
      entry.setId(new LogId(index, term));
      entry.setData(length == 0 ? LogEntry.EMPTY_DATA : ByteBuffer.wrap(bytes));
      return entry;
    }
    @Nullable LogEntry decoded = decoder.decode(bytes);
    if (decoded == null) {
      throw new StorageException.UnsupportedFormat(
          "entry "
              + index
              + " (type "
              + type
              + ") is not one of the codec "
              + decoder.getClass().getName());
    }
    return decoded;
  }
}
