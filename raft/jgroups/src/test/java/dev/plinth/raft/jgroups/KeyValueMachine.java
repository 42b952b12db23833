package dev.plinth.raft.jgroups;

import dev.plinth.raft.store.StateBatch;
import dev.plinth.raft.store.StateMachineStore;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/// The state machine of the guide: a command gives a key a value, a query asks for one.
final class KeyValueMachine extends PlinthStateMachine {
  private volatile boolean replaced;

  KeyValueMachine(StateMachineStore store) {
    super(store, 0);
  }

  @Override
  protected byte @Nullable [] apply(long number, ByteBuffer command, StateBatch changes) {
    byte[] key = new byte[command.get()];
    byte[] value = new byte[command.remaining() - key.length];
    command.get(key).get(value);
    changes.put(key, value);
    return null;
  }

  @Override
  protected byte @Nullable [] read(ByteBuffer query) {
    byte[] key = new byte[query.remaining()];
    query.get(key);
    return store().get(group(), key);
  }

  @Override
  protected void stateReplaced() {
    replaced = true;
  }

  /// Whether a snapshot has replaced the state since it was opened.
  boolean isReplaced() {
    return replaced;
  }

  /// A command: the key's length, the key, the value.
  static byte[] put(byte[] key, byte[] value) {
    return command(
        ByteBuffer.allocate(1 + key.length + value.length)
            .put((byte) key.length)
            .put(key)
            .put(value)
            .array());
  }
}
