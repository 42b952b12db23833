package dev.plinth.kv.state;

import com.alipay.sofa.jraft.Closure;
import com.alipay.sofa.jraft.Status;
import dev.plinth.kv.Member;
import dev.plinth.raft.store.StateExport;
import dev.plinth.raft.store.StateMachineStore;
import dev.plinth.spi.EngineEnvironment;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A state machine without Raft around it.
final class Machine implements AutoCloseable {
  private static final KvStateMachine.RoleListener NOBODY =
      new KvStateMachine.RoleListener() {
        @Override
        public void leads(long term) {}

        @Override
        public void follows() {}

        @Override
        public void failed(String why) {
          throw new AssertionError(why);
        }
      };

  private final StateMachineStore store;
  private final KvStateMachine machine;

  Machine(Path directory, String engine) {
    store =
        StateMachineStore.open(
            directory,
            Map.of("engine", engine, "wal", "off"),
            EngineEnvironment.standard().withEvents(_ -> {}));
    machine = machineOn(store);
  }

  private static KvStateMachine machineOn(StateMachineStore store) {
    try {
      return new KvStateMachine(store, NOBODY);
    } catch (RuntimeException e) {
      store.close();
      throw e;
    }
  }

  /// Reads what a directory holds.
  static void loaded(Path directory, String engine) {
    new Machine(directory, engine).close();
  }

  /// Applies commands together.
  ///
  /// @param first the index of the first
  List<WriteResult> apply(long first, List<ByteBuffer> commands) {
    List<WriteResult> results = new ArrayList<>();
    List<Closure> told = new ArrayList<>();
    commands.forEach(
        _ ->
            told.add(
                new PendingWrite(
                    (Status status, @Nullable WriteResult result) -> results.add(result))));
    FakeEntries entries = new FakeEntries(first, commands, told);
    machine.onApply(entries);
    if (entries.failure() != null) {
      throw new IllegalStateException(String.valueOf(entries.failure()));
    }
    return results;
  }

  WriteResult apply(long index, ByteBuffer command) {
    return apply(index, List.of(command)).getFirst();
  }

  /// Writes a snapshot into a folder.
  void export(Path folder) {
    try (StateExport export = store.export(folder)) {
      export.write();
    }
  }

  /// Loads a snapshot from a folder, as JRaft asks for it.
  boolean load(Path folder) {
    return machine.onSnapshotLoad(new FakeSnapshot(folder));
  }

  KvContent content() {
    return new KvContent(store);
  }

  List<Member> members() {
    return machine.members();
  }

  StateMachineStore store() {
    return store;
  }

  @Override
  public void close() {
    store.close();
  }
}
