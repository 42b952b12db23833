package dev.plinth.kv.state;

import dev.plinth.kv.KvException;
import dev.plinth.kv.Member;
import dev.plinth.spi.StorageException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// Reads commands that the Raft log has kept: [CommandFormat]. What it does not understand is
/// refused, never guessed.
public final class CommandReader {
  private CommandReader() {}

  /// A command as it was proposed.
  public sealed interface Proposal {
    /// Changes under a condition.
    record Write(RequestId id, Condition condition, List<Change> changes) implements Proposal {}

    /// Opens a session.
    record OpenSession() implements Proposal {}

    /// Closes a session.
    record CloseSession(long session) implements Proposal {}

    /// Tells where a node is reached.
    record Announce(Member member) implements Proposal {}

    /// Takes a node out of the list of members.
    record Forget(String id) implements Proposal {}
  }

  /// Reads a command; the buffer is used up.
  ///
  /// @throws StorageException.UnsupportedFormat when it was written by a newer version, or is none
  public static Proposal read(ByteBuffer data) {
    ByteBuffer source = data.slice().order(CommandFormat.ORDER);
    try {
      byte version = source.get();
      if (version != CommandFormat.VERSION) {
        throw new StorageException.UnsupportedFormat(
            "a command of version " + version + "; this reads 1: upgrade this node");
      }
      byte kind = source.get();
      RequestId id = new RequestId(source.getLong(), source.getLong(), source.getLong());
      Proposal proposal = body(source, kind, id);
      if (source.hasRemaining()) {
        throw new StorageException.UnsupportedFormat(
            "a command of kind " + kind + " has " + source.remaining() + " bytes too many");
      }
      return proposal;
    } catch (BufferUnderflowException e) {
      throw new StorageException.UnsupportedFormat("a command is cut off");
    }
  }

  private static Proposal body(ByteBuffer source, byte kind, RequestId id) {
    return switch (kind) {
      case CommandFormat.WRITE -> {
        Condition condition = condition(source);
        yield new Proposal.Write(id, condition, changes(source));
      }
      case CommandFormat.OPEN_SESSION -> new Proposal.OpenSession();
      case CommandFormat.CLOSE_SESSION -> new Proposal.CloseSession(id.session());
      case CommandFormat.MEMBER -> new Proposal.Announce(member(source));
      case CommandFormat.FORGET_MEMBER -> new Proposal.Forget(text(source));
      default ->
          throw new StorageException.UnsupportedFormat(
              "a command of kind " + kind + " is not known; upgrade this node");
    };
  }

  private static Member member(ByteBuffer source) {
    try {
      return new Member(text(source), text(source), text(source));
    } catch (KvException e) {
      throw new StorageException.UnsupportedFormat("a command names no member: " + e.getMessage());
    }
  }

  private static Condition condition(ByteBuffer source) {
    byte kind = source.get();
    return switch (kind) {
      case CommandFormat.NO_CONDITION -> Condition.NONE;
      case CommandFormat.ABSENT -> new Condition.Absent(field(source));
      case CommandFormat.PRESENT -> new Condition.Present(field(source));
      case CommandFormat.EQUAL -> new Condition.Equal(field(source), field(source));
      default ->
          throw new StorageException.UnsupportedFormat(
              "a condition of kind " + kind + " is not known; upgrade this node");
    };
  }

  private static List<Change> changes(ByteBuffer source) {
    int count = source.getInt();
    if (count < 0 || count > source.remaining()) {
      throw new BufferUnderflowException();
    }
    List<Change> changes = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      byte kind = source.get();
      switch (kind) {
        case CommandFormat.PUT -> changes.add(new Change.Put(field(source), field(source)));
        case CommandFormat.REMOVE -> changes.add(new Change.Remove(field(source)));
        default ->
            throw new StorageException.UnsupportedFormat(
                "a change of kind " + kind + " is not known; upgrade this node");
      }
    }
    return changes;
  }

  private static byte[] field(ByteBuffer source) {
    int length = source.getInt();
    if (length < 0 || length > source.remaining()) {
      throw new BufferUnderflowException();
    }
    byte[] bytes = new byte[length];
    source.get(bytes);
    return bytes;
  }

  private static String text(ByteBuffer source) {
    return new String(field(source), StandardCharsets.UTF_8);
  }
}
