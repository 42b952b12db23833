package dev.plinth.raft.microraft;

import dev.plinth.raft.store.StorageConfiguration;
import dev.plinth.raft.testkit.LogComparison;
import io.microraft.lifecycle.RaftNodeLifecycleAware;
import io.microraft.model.RaftModelFactory;
import io.microraft.model.impl.DefaultRaftModelFactory;
import io.microraft.model.log.LogEntry;
import io.microraft.persistence.RaftStore;
import io.microraft.persistence.RaftStoreSerializer;
import java.io.File;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// Compares our store with the library's own in SQLite, both with our serializer and a flush an
/// append: a folder for the stores, and the file of results. Needs `microraft-store-sqlite` on the
/// class path, which no test does.
final class StoreComparisonMain {
  private static final RaftModelFactory MODELS = new DefaultRaftModelFactory();

  private StoreComparisonMain() {}

  public static void main(String[] arguments) throws Exception {
    StorageConfiguration storage = StorageConfiguration.of(Map.of());
    LogComparison.run(
        "MicroRaft 0.7",
        Path.of(arguments[0]),
        Path.of(arguments[1]),
        new LogComparison.Candidate(
            "plinth", folder -> new Appending(PlinthRaftStore.open(folder, 0, storage))),
        new LogComparison.Candidate("sqlite", StoreComparisonMain::sqlite));
  }

  private static Appending sqlite(Path folder) throws ReflectiveOperationException {
    Object store =
        Class.forName("io.microraft.store.sqlite.RaftSqliteStore")
            .getMethod("create", File.class, RaftModelFactory.class, RaftStoreSerializer.class)
            .invoke(null, folder.resolve("db").toFile(), MODELS, new PlinthSerializer(MODELS));
    return new Appending((RaftStore) store);
  }

  private static final class Appending implements LogComparison.Appender {
    private final RaftStore store;
    private long last;

    Appending(RaftStore store) {
      this.store = store;
    }

    @Override
    public void append(int count, byte[] command) throws Exception {
      List<LogEntry> entries = new ArrayList<>(count);
      for (int i = 0; i < count; i++) {
        entries.add(
            MODELS
                .createLogEntryBuilder()
                .setIndex(++last)
                .setTerm(1)
                .setOperation(command)
                .build());
      }
      store.persistLogEntries(entries);
      store.flush();
    }

    @Override
    public void close() {
      ((RaftNodeLifecycleAware) store).onRaftNodeTerminate();
    }
  }
}
