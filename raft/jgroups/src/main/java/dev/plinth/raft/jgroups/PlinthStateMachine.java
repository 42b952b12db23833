package dev.plinth.raft.jgroups;

import dev.plinth.raft.store.StateBatch;
import dev.plinth.raft.store.StateInstallation;
import dev.plinth.raft.store.StateMachineStore;
import dev.plinth.raft.store.StateSnapshot;
import dev.plinth.spi.StorageException;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import org.jgroups.raft.StateMachine;
import org.jspecify.annotations.Nullable;

/// A state machine of jgroups-raft on an engine of Plinth: says what a command changes, and is
/// done.
///
/// jgroups-raft tells a state machine no indexes, replays the log since its last snapshot at every
/// start, and hands reads to the method that takes commands. So commands are counted: their number
/// stands for the index in the store, what was applied already is passed over, and a first byte
/// tells commands from reads: give `RaftHandle.set` what [#command] makes, and `get` what [#query]
/// makes. A command given to `get` would change one member only.
///
/// Snapshots are streams of a frozen state, the same on every engine. jgroups-raft holds the stream
/// in memory, so a state has less than 2 GiB.
///
/// One store a group. jgroups-raft calls it on one thread; reads go to [#store()] on any thread.
/// Closing the store, after the channel was closed, is up to who opened it.
///
/// Errors: what [#apply] throws is told to who proposed the command, which changes nothing then.
/// After a failure of the store everything is refused with its cause until the store is opened
/// again: jgroups-raft goes on after an error, and the state must not.
public abstract class PlinthStateMachine implements StateMachine {
  private static final byte COMMAND = 1;
  private static final byte QUERY = 2;
  private static final int MAGIC = 0x3153_4750;
  private static final int CHUNK_BYTES = 1 << 20;

  /// jgroups-raft tells no terms.
  private static final long NO_TERM = 0;

  private final StateMachineStore store;
  private final long group;
  private final StateBatch changes;
  private long number;
  private @Nullable Exception failure;

  /// @param store holds the state; opened with
  ///   [dev.plinth.raft.store.StorageConfiguration#openState]
  /// @param group the number of the Raft group in the store, 0 or more; 0 makes the shortest keys
  protected PlinthStateMachine(StateMachineStore store, long group) {
    this.store = store;
    this.group = group;
    this.changes = new StateBatch(group);
  }

  /// What `RaftHandle.set` and its kin are to be given for a command.
  public static byte[] command(byte[] command) {
    return tagged(COMMAND, command);
  }

  /// What `RaftHandle.get` and its kin are to be given for a read.
  public static byte[] query(byte[] query) {
    return tagged(QUERY, query);
  }

  private static byte[] tagged(byte tag, byte[] bytes) {
    return ByteBuffer.allocate(1 + bytes.length).put(tag).put(bytes).array();
  }

  /// Says what a command changes. It must decide by the command, the state and nothing else, or
  /// members differ.
  ///
  /// @param commandNumber how many commands there were, with this one
  /// @param command its bytes, to be read only, lent until the method returns
  /// @param changes takes the changes
  /// @return the response; null for none
  protected abstract byte @Nullable [] apply(
      long commandNumber, ByteBuffer command, StateBatch changes);

  /// Answers a read. Refuses it unless overridden.
  ///
  /// @param query its bytes, to be read only, lent until the method returns
  protected byte @Nullable [] read(ByteBuffer query) {
    throw new UnsupportedOperationException(getClass().getName() + " answers no reads");
  }

  /// Called when a snapshot has replaced the state, before any command is applied to it: what was
  /// kept of the state in memory is to be read again.
  protected void stateReplaced() {}

  /// Where the state is; its applied index is the number of the last command.
  public final StateMachineStore store() {
    return store;
  }

  /// The group's number in the store.
  public final long group() {
    return group;
  }

  @Override
  public final synchronized byte @Nullable [] apply(
      byte[] data, int offset, int length, boolean serializeResponse) {
    requireWhole();
    byte tag = length == 0 ? 0 : data[offset];
    ByteBuffer bytes =
        ByteBuffer.wrap(data, offset, length)
            .slice()
            .asReadOnlyBuffer()
            .position(length > 0 ? 1 : 0);
    return switch (tag) {
      case QUERY -> read(bytes.slice());
      case COMMAND -> run(bytes.slice(), serializeResponse);
      default ->
          throw new IllegalArgumentException(
              "neither a command nor a query: give what "
                  + PlinthStateMachine.class.getName()
                  + ".command or .query makes");
    };
  }

  private byte @Nullable [] run(ByteBuffer command, boolean responds) {
    number++;
    if (number <= store.applied(group).index()) {
      return null;
    }
    changes.clear();
    byte @Nullable [] response = null;
    @Nullable RuntimeException refused = null;
    try {
      response = apply(number, command, changes);
    } catch (StorageException e) {
      throw failed(e);
    } catch (RuntimeException e) {
      changes.clear();
      refused = e;
    }
    try {
      store.apply(changes, number, NO_TERM);
    } catch (RuntimeException e) {
      throw failed(e);
    }
    if (refused != null) {
      throw refused;
    }
    return responds ? response : null;
  }

  /// Writes the number of commands and the state, as chunks of a snapshot behind their lengths.
  @Override
  public final synchronized void writeContentTo(DataOutput out) throws IOException {
    requireWhole();
    try (StateSnapshot snapshot = store.snapshot()) {
      out.writeInt(MAGIC);
      out.writeLong(number);
      out.writeLong(snapshot.applied(group).index());
      @Nullable MemorySegment chunk = snapshot.next(CHUNK_BYTES);
      while (chunk != null) {
        byte[] bytes = chunk.toArray(ValueLayout.JAVA_BYTE);
        out.writeInt(bytes.length);
        out.write(bytes);
        chunk = snapshot.next(CHUNK_BYTES);
      }
      out.writeInt(0);
    }
  }

  /// Puts what [#writeContentTo] wrote in place of the state, unless the state is as far already.
  @Override
  public final synchronized void readContentFrom(DataInput in) throws IOException {
    requireWhole();
    int magic = in.readInt();
    if (magic != MAGIC) {
      throw new StorageException.UnsupportedFormat(
          "a snapshot begins with " + Integer.toHexString(magic) + ", which is not of Plinth");
    }
    long commands = in.readLong();
    long applied = in.readLong();
    if (store.applied(group).index() < applied) {
      try {
        install(in);
      } catch (StorageException e) {
        throw failed(e);
      }
      stateReplaced();
    }
    number = commands;
  }

  private void install(DataInput in) throws IOException {
    try (StateInstallation installation = store.install()) {
      int length = in.readInt();
      while (length > 0) {
        byte[] bytes = new byte[length];
        in.readFully(bytes);
        installation.accept(MemorySegment.ofArray(bytes), 0, length);
        length = in.readInt();
      }
      installation.finish();
    }
  }

  private <E extends Exception> E failed(E e) {
    failure = e;
    System.getLogger("dev.plinth.raft.jgroups")
        .log(System.Logger.Level.ERROR, "the state of group " + group + " failed: " + e, e);
    return e;
  }

  private void requireWhole() {
    Exception first = failure;
    if (first != null) {
      throw new StorageException.Poisoned(
          "the state of group " + group + " has failed: " + first.getMessage(), first);
    }
  }
}
