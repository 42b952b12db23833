package dev.plinth.peers;

import com.alipay.sofa.jraft.entity.EnumOutter.EntryType;
import com.alipay.sofa.jraft.entity.LogEntry;
import com.alipay.sofa.jraft.entity.LogId;
import com.alipay.sofa.jraft.entity.codec.LogEntryCodecFactory;
import com.alipay.sofa.jraft.entity.codec.LogEntryDecoder;
import com.alipay.sofa.jraft.entity.codec.LogEntryEncoder;
import java.nio.ByteBuffer;

/// The least that a codec can do: type, term, index, bytes. It shows what JRaft's own costs.
final class BareCodec implements LogEntryCodecFactory {
  private static final int HEAD_BYTES = 1 + 2 * Long.BYTES;

  @Override
  public LogEntryEncoder encoder() {
    return entry -> {
      ByteBuffer data = entry.getReadOnlyData();
      byte[] bytes = new byte[HEAD_BYTES + data.remaining()];
      ByteBuffer.wrap(bytes)
          .put((byte) entry.getType().getNumber())
          .putLong(entry.getId().getTerm())
          .putLong(entry.getId().getIndex())
          .put(data);
      return bytes;
    };
  }

  @Override
  public LogEntryDecoder decoder() {
    return bytes -> {
      ByteBuffer buffer = ByteBuffer.wrap(bytes);
      LogEntry entry = new LogEntry(EntryType.forNumber(buffer.get()));
      long term = buffer.getLong();
      entry.setId(new LogId(buffer.getLong(), term));
      entry.setData(buffer.slice());
      return entry;
    };
  }
}
