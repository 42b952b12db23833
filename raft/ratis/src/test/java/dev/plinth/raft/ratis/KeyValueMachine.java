package dev.plinth.raft.ratis;

import dev.plinth.raft.store.StateBatch;
import dev.plinth.raft.store.StateMachineStore;
import java.nio.ByteBuffer;
import org.apache.ratis.protocol.Message;

/// The state machine of the guide: a command gives a key a value, a query asks for one.
final class KeyValueMachine extends PlinthStateMachine {
  private volatile boolean replaced;

  KeyValueMachine(StateMachineStore store, DataLog values) {
    super(store, 0, values);
  }

  @Override
  protected Message apply(Command command, StateBatch changes) {
    ByteBuffer data = command.data();
    byte[] key = new byte[data.get()];
    byte[] value = new byte[data.remaining() - key.length];
    data.get(key).get(value);
    changes.put(key, value);
    return Message.EMPTY;
  }

  @Override
  protected Message read(ByteBuffer query) {
    byte[] key = new byte[query.remaining()];
    query.get(key);
    byte[] value = store().get(group(), key);
    return value == null ? Message.EMPTY : Message.valueOf(ByteBuffer.wrap(value));
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
  static Message put(byte[] key, byte[] value) {
    return Message.valueOf(
        ByteBuffer.allocate(1 + key.length + value.length)
            .put((byte) key.length)
            .put(key)
            .put(value)
            .flip());
  }
}
