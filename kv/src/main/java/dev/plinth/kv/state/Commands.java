package dev.plinth.kv.state;

import dev.plinth.kv.Member;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;

/// Writes commands as the Raft log keeps them: [CommandFormat].
public final class Commands {
  private Commands() {}

  /// A write: all of its changes, or none when the condition does not hold.
  public static ByteBuffer write(RequestId id, Condition condition, List<Change> changes) {
    long bytes = CommandFormat.HEAD_BYTES + bytes(condition) + Integer.BYTES;
    for (Change change : changes) {
      bytes += bytes(change);
    }
    ByteBuffer target = head(Math.toIntExact(bytes), CommandFormat.WRITE, id);
    put(target, condition);
    target.putInt(changes.size());
    for (Change change : changes) {
      switch (change) {
        case Change.Put put -> {
          field(target.put(CommandFormat.PUT), put.key());
          field(target, put.value());
        }
        case Change.Remove remove -> field(target.put(CommandFormat.REMOVE), remove.key());
      }
    }
    return target.flip();
  }

  /// How many bytes a write takes in the log at least: keys, values and what stands before them.
  public static long bytes(Condition condition, List<Change> changes) {
    long bytes = CommandFormat.HEAD_BYTES + bytes(condition) + Integer.BYTES;
    for (Change change : changes) {
      bytes += bytes(change);
    }
    return bytes;
  }

  /// A new session is wanted.
  public static ByteBuffer openSession() {
    return head(CommandFormat.HEAD_BYTES, CommandFormat.OPEN_SESSION, RequestId.NONE).flip();
  }

  /// A session ends.
  public static ByteBuffer closeSession(long session) {
    RequestId id = new RequestId(session, 0, 0);
    return head(CommandFormat.HEAD_BYTES, CommandFormat.CLOSE_SESSION, id).flip();
  }

  /// A node says where it is reached.
  public static ByteBuffer member(Member member) {
    byte[] id = utf8(member.id());
    byte[] raft = utf8(member.raftAddress());
    byte[] client = utf8(member.address());
    int bytes = CommandFormat.HEAD_BYTES + 12 + id.length + raft.length + client.length;
    ByteBuffer target = head(bytes, CommandFormat.MEMBER, RequestId.NONE);
    field(target, id);
    field(target, raft);
    field(target, client);
    return target.flip();
  }

  /// A node is no member any more.
  public static ByteBuffer forgetMember(String id) {
    byte[] name = utf8(id);
    int bytes = CommandFormat.HEAD_BYTES + 4 + name.length;
    ByteBuffer target = head(bytes, CommandFormat.FORGET_MEMBER, RequestId.NONE);
    field(target, name);
    return target.flip();
  }

  private static ByteBuffer head(int bytes, byte kind, RequestId id) {
    return ByteBuffer.allocate(bytes)
        .order(CommandFormat.ORDER)
        .put(CommandFormat.VERSION)
        .put(kind)
        .putLong(id.session())
        .putLong(id.number())
        .putLong(id.answeredBelow());
  }

  private static void put(ByteBuffer target, Condition condition) {
    switch (condition) {
      case Condition.Always() -> target.put(CommandFormat.NO_CONDITION);
      case Condition.Absent(byte[] key) -> field(target.put(CommandFormat.ABSENT), key);
      case Condition.Present(byte[] key) -> field(target.put(CommandFormat.PRESENT), key);
      case Condition.Equal(byte[] key, byte[] expected) -> {
        field(target.put(CommandFormat.EQUAL), key);
        field(target, expected);
      }
    }
  }

  private static long bytes(Condition condition) {
    return switch (condition) {
      case Condition.Always() -> 1;
      case Condition.Absent(byte[] key) -> 5L + key.length;
      case Condition.Present(byte[] key) -> 5L + key.length;
      case Condition.Equal(byte[] key, byte[] expected) -> 9L + key.length + expected.length;
    };
  }

  private static long bytes(Change change) {
    return switch (change) {
      case Change.Put(byte[] key, byte[] value) -> 9L + key.length + value.length;
      case Change.Remove(byte[] key) -> 5L + key.length;
    };
  }

  private static void field(ByteBuffer target, byte[] bytes) {
    target.putInt(bytes.length).put(bytes);
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
