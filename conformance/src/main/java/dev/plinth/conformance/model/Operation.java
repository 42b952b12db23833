package dev.plinth.conformance.model;

import dev.plinth.conformance.disk.CrashState;
import dev.plinth.spi.Durability;
import dev.plinth.spi.KeyRange;
import dev.plinth.spi.WriteBatch;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/// One step of a history. Its text is one line; [#parse] reads it back.
public sealed interface Operation {

  /// One mutation through the engine's own method for it.
  record Single(Mutation mutation, Durability durability) implements Operation {
    @Override
    public String toString() {
      return "write " + durability + " " + mutation;
    }
  }

  /// A batch; `group` is -1 when it carries no applied index.
  record Batch(List<Mutation> mutations, Durability durability, long group, long index)
      implements Operation {
    public Batch {
      mutations = List.copyOf(mutations);
    }

    /// The batch that an engine takes.
    public WriteBatch toWriteBatch() {
      WriteBatch batch = new WriteBatch();
      for (Mutation mutation : mutations) {
        switch (mutation) {
          case Mutation.Put(Key key, Payload value) -> batch.put(key.bytes(), value.bytes());
          case Mutation.Delete(Key key) -> batch.delete(key.bytes());
          case Mutation.DeleteRange(KeyRange range) -> batch.deleteRange(range);
        }
      }
      return group >= 0 ? batch.applied(group, index) : batch;
    }

    @Override
    public String toString() {
      return "batch " + durability + " " + group + " " + index + spaced(mutations);
    }
  }

  /// Sorted entries added at once.
  record Ingest(List<Mutation.Put> entries) implements Operation {
    public Ingest {
      entries = List.copyOf(entries);
    }

    @Override
    public String toString() {
      return "ingest" + spaced(entries);
    }
  }

  /// A point read in all three ways.
  record Get(Key key) implements Operation {
    @Override
    public String toString() {
      return "get " + key;
    }
  }

  /// A multi-get.
  record GetMany(List<Key> keys) implements Operation {
    public GetMany {
      keys = List.copyOf(keys);
    }

    @Override
    public String toString() {
      return "getmany" + spaced(keys);
    }
  }

  /// A scan from one end of a range to the other.
  record Scan(KeyRange range, boolean forward) implements Operation {
    @Override
    public String toString() {
      return "scan " + Key.rangeText(range) + " " + (forward ? "forward" : "backward");
    }
  }

  /// Both seeks in a range, with a step to either side.
  record Seek(KeyRange range, Key key) implements Operation {
    @Override
    public String toString() {
      return "seek " + Key.rangeText(range) + " " + key;
    }
  }

  /// Opens a snapshot, or with `cursor` a cursor over everything, in a slot.
  record Freeze(int slot, boolean cursor) implements Operation {
    @Override
    public String toString() {
      return "freeze " + slot + " " + (cursor ? "cursor" : "snapshot");
    }
  }

  /// Reads all that a slot shows.
  record ReadFrozen(int slot) implements Operation {
    @Override
    public String toString() {
      return "readfrozen " + slot;
    }
  }

  /// Closes what is in a slot.
  record Thaw(int slot) implements Operation {
    @Override
    public String toString() {
      return "thaw " + slot;
    }
  }

  /// Compacts a range.
  record Compact(KeyRange range) implements Operation {
    @Override
    public String toString() {
      return "compact " + Key.rangeText(range);
    }
  }

  /// Loses power, or the process, and opens again.
  record Crash(CrashState state) implements Operation {
    @Override
    public String toString() {
      return "crash " + state;
    }
  }

  /// An operation without arguments.
  enum Plain implements Operation {
    /// Makes everything durable.
    FLUSH,
    /// Starts to.
    REQUEST_FLUSH,
    /// Closes and opens.
    REOPEN,
    /// Waits for background work.
    SETTLE,
    /// Makes a checkpoint, opens it, writes to it, and compares both sides.
    CHECKPOINT,
    /// Reads and checks everything.
    VERIFY,
    /// Compares digest and statistics.
    DIGEST,
    /// Offers entries that are not sorted, which must be refused.
    INGEST_UNSORTED
  }

  private static String spaced(List<?> parts) {
    return parts.stream().map(part -> " " + part).collect(Collectors.joining());
  }

  /// Reads one line.
  static Operation parse(String line) {
    List<String> words = new ArrayList<>(List.of(line.strip().split(" +")));
    String name = words.removeFirst();
    return switch (name) {
      case "write" ->
          new Single(Mutation.parse(words.get(1)), Durability.valueOf(words.getFirst()));
      case "batch" ->
          new Batch(
              words.stream().skip(3).map(Mutation::parse).toList(),
              Durability.valueOf(words.getFirst()),
              Long.parseLong(words.get(1)),
              Long.parseLong(words.get(2)));
      case "ingest" ->
          new Ingest(words.stream().map(word -> (Mutation.Put) Mutation.parse(word)).toList());
      case "get" -> new Get(Key.parse(words.getFirst()));
      case "getmany" -> new GetMany(words.stream().map(Key::parse).toList());
      case "scan" -> new Scan(Key.parseRange(words.getFirst()), words.get(1).equals("forward"));
      case "seek" -> new Seek(Key.parseRange(words.getFirst()), Key.parse(words.get(1)));
      case "freeze" ->
          new Freeze(Integer.parseInt(words.getFirst()), words.get(1).equals("cursor"));
      case "readfrozen" -> new ReadFrozen(Integer.parseInt(words.getFirst()));
      case "thaw" -> new Thaw(Integer.parseInt(words.getFirst()));
      case "compact" -> new Compact(Key.parseRange(words.getFirst()));
      case "crash" -> new Crash(CrashState.parse(words.getFirst()));
      default -> Plain.valueOf(name);
    };
  }
}
