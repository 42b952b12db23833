package dev.plinth.raft.microraft;

import dev.plinth.spi.StorageException;
import io.microraft.RaftEndpoint;
import io.microraft.persistence.RaftStoreSerializer.Serializer;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;

/// How [PlinthSerializer] writes MicroRaft's models, version 1. These bytes are on disks.
///
/// ```
/// entry      index term operation
/// chunk      index term number count members-view operation
/// operation  COMMAND bytes | MEMBERS list list bytes bytes    members, voting, who, how
/// members-   index list list                                  members, voting
///   view
/// endpoint-  bytes voting                                     voting: 0 or 1
///   state
/// term       term 0 | term 1 bytes                            vote: none, or whose
/// ```
///
/// Whole numbers are little-endian base 128 of 1 to 9 bytes; a kind or flag is one byte; `bytes`
/// are their number and they; a `list` is its length and `bytes` for each member.
final class ModelFormat {
  static final int COMMAND = 1;
  static final int MEMBERS = 2;

  private ModelFormat() {}

  /// Puts values together.
  static final class Writer {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream(64);

    Writer tag(int value) {
      out.write(value);
      return this;
    }

    Writer whole(long value) {
      if (value < 0) {
        throw new IllegalArgumentException(value + " is negative");
      }
      long rest = value;
      while (rest >= 0x80) {
        out.write(((int) rest & 0x7f) | 0x80);
        rest >>>= 7;
      }
      out.write((int) rest);
      return this;
    }

    Writer bytes(byte[] bytes) {
      whole(bytes.length);
      out.write(bytes, 0, bytes.length);
      return this;
    }

    Writer endpoints(Collection<RaftEndpoint> members, Serializer<RaftEndpoint> serializer) {
      whole(members.size());
      members.forEach(member -> bytes(serializer.serialize(member)));
      return this;
    }

    byte[] toBytes() {
      return out.toByteArray();
    }
  }

  /// Takes values apart again.
  static final class Reader {
    private final byte[] bytes;
    private int at;

    Reader(byte[] bytes) {
      this.bytes = bytes;
    }

    int tag() {
      require(1);
      return bytes[at++];
    }

    long whole() {
      long value = 0;
      for (int shift = 0; shift < 63; shift += 7) {
        int next = tag();
        value |= (long) (next & 0x7f) << shift;
        if (next >= 0) {
          return value;
        }
      }
      throw new StorageException.UnsupportedFormat("a number of more than nine bytes");
    }

    byte[] bytes() {
      long length = whole();
      require(length);
      byte[] copy = Arrays.copyOfRange(bytes, at, at + (int) length);
      at += (int) length;
      return copy;
    }

    List<RaftEndpoint> endpoints(Serializer<RaftEndpoint> serializer) {
      long count = whole();
      require(count);
      List<RaftEndpoint> members = new ArrayList<>();
      for (long i = 0; i < count; i++) {
        members.add(serializer.deserialize(bytes()));
      }
      return members;
    }

    void requireEnd() {
      if (at != bytes.length) {
        throw new StorageException.UnsupportedFormat(
            (bytes.length - at) + " bytes are left behind a model of MicroRaft");
      }
    }

    private void require(long count) {
      if (count > bytes.length - at) {
        throw new StorageException.UnsupportedFormat(
            "a model of MicroRaft ends at byte " + bytes.length + ", within a value");
      }
    }
  }
}
