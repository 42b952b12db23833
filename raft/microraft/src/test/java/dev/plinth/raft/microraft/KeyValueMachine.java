package dev.plinth.raft.microraft;

import dev.plinth.raft.store.StateBatch;
import dev.plinth.raft.store.StateMachineStore;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/// The state machine of the guide: a command gives a key a value.
final class KeyValueMachine extends PlinthStateMachine {
  private volatile boolean replaced;

  KeyValueMachine(StateMachineStore store) {
    super(store, 0, 64 << 10);
  }

  @Override
  protected @Nullable Object apply(long index, Object operation, StateBatch changes) {
    ByteBuffer data = ByteBuffer.wrap((byte[]) operation);
    byte[] key = new byte[data.get()];
    byte[] value = new byte[data.remaining() - key.length];
    data.get(key).get(value);
    changes.put(key, value);
    return index;
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
    return ByteBuffer.allocate(1 + key.length + value.length)
        .put((byte) key.length)
        .put(key)
        .put(value)
        .array();
  }
}
