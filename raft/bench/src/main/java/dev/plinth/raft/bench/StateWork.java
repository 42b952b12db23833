package dev.plinth.raft.bench;

import dev.plinth.bench.cell.StoreFiles;
import dev.plinth.bench.machine.DirectorySize;
import dev.plinth.raft.store.StateBatch;
import dev.plinth.raft.store.StateExport;
import dev.plinth.raft.store.StateMachineStore;
import dev.plinth.spi.ByteLedger;
import dev.plinth.spi.EngineEnvironment;
import dev.plinth.spi.Engines;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// The workloads of state machines. A command puts a value under one of as many keys as there are
/// commands, each key once or more, in an order that the index decides.
final class StateWork {
  private static final int KEY_BYTES = 16;
  private static final long CHECKPOINT_EVERY = 100_000;
  private static final long TERM = 3;
  private static final ValueLayout.OfLong BIG_ENDIAN =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  private final RaftCell cell;
  private final Payloads payloads;
  private final Path directory;
  private final Map<String, String> configuration;
  private final MemorySegment key = MemorySegment.ofArray(new byte[KEY_BYTES]);

  StateWork(RaftCell cell) {
    this.cell = cell;
    this.payloads = new Payloads(cell.entryBytes(), cell.seed());
    this.directory = Path.of(cell.directory());
    this.configuration = new TreeMap<>(cell.options());
    configuration.put(Engines.ENGINE_KEY, cell.store());
  }

  Measured run() throws InterruptedException {
    Measured measured = new Measured();
    if (cell.kind() == RaftCell.Kind.RAFTAPPLY) {
      apply(measured);
      return measured;
    }
    snapshot(measured);
    return measured;
  }

  private StateMachineStore open(Path path) {
    return StateMachineStore.open(path, configuration, EngineEnvironment.standard());
  }

  private void apply(Measured measured) {
    try (StateMachineStore store = open(directory)) {
      ByteLedger ledger = store.stats().ledger();
      ProcessIo io = ProcessIo.now();
      long checkpointNanos = 0;
      long start = System.nanoTime();
      StateBatch batch = new StateBatch(0);
      for (long index = 0; index < cell.entries(); ) {
        index = step(store, batch, index, measured);
        if (index / CHECKPOINT_EVERY > (index - cell.batch()) / CHECKPOINT_EVERY) {
          checkpointNanos += checkpoint(store);
        }
      }
      store.flush();
      measured.nanos = System.nanoTime() - start;
      measured.operations = cell.entries();
      measured.userBytes = cell.entries() * (KEY_BYTES + (long) cell.entryBytes());
      measured.ledger = store.stats().ledger().since(ledger);
      measured.io = ProcessIo.now().since(io);
      measured.millis("checkpoints.millis", checkpointNanos);
      measured.diskBytes = DirectorySize.bytes(directory);
      StateMachineStore.Digest digest = store.digest(0);
      measured.liveBytes = measured.userBytes;
      measured.digest = digest.digest().toString();
    }
    long start = System.nanoTime();
    try (StateMachineStore store = open(directory)) {
      measured.details.put("restart.seconds", (System.nanoTime() - start) / 1e9);
      if (store.applied(0).index() != cell.entries()) {
        throw new IllegalStateException("after a restart applied: " + store.applied(0));
      }
    }
  }

  /// Applies a batch.
  ///
  /// @return the index behind it
  private long step(StateMachineStore store, StateBatch batch, long from, Measured measured) {
    long to = Math.min(cell.entries(), from + cell.batch());
    long start = System.nanoTime();
    batch.clear();
    for (long index = from; index < to; index++) {
      setKey(index);
      batch.put(key, 0, KEY_BYTES, payloads.segment(), payloads.offset(index), payloads.length());
    }
    store.apply(batch, to, TERM);
    measured.time(System.nanoTime() - start);
    return to;
  }

  /// Sixteen bytes that look random and are different for different indexes.
  private void setKey(long index) {
    long mixed = index * 0x9E37_79B9_7F4A_7C15L;
    key.set(BIG_ENDIAN, 0, mixed);
    key.set(BIG_ENDIAN, Long.BYTES, index);
  }

  private long checkpoint(StateMachineStore store) {
    Path folder = directory.resolveSibling(directory.getFileName() + "-checkpoint");
    long start = System.nanoTime();
    make(folder);
    try (StateExport export = store.export(folder)) {
      export.write();
    }
    long took = System.nanoTime() - start;
    StoreFiles.delete(folder);
    return took;
  }

  private static void make(Path folder) {
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Loads, then exports while a thread goes on applying, ships by copying, installs elsewhere, and
  /// compares the digests.
  private void snapshot(Measured measured) throws InterruptedException {
    Path folder = directory.resolveSibling(directory.getFileName() + "-export");
    Path shipped = directory.resolveSibling(directory.getFileName() + "-shipped");
    Path other = directory.resolveSibling(directory.getFileName() + "-other");
    make(folder);
    try (StateMachineStore store = open(directory);
        StateMachineStore follower = open(other)) {
      StateBatch batch = new StateBatch(0);
      for (long index = 0; index < cell.entries(); ) {
        index = step(store, batch, index, measured);
      }
      StateMachineStore.Digest expected = store.digest(0);
      AtomicBoolean ended = new AtomicBoolean();
      AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
      long start = System.nanoTime();
      try (StateExport export = store.export(folder)) {
        measured.millis("freeze.millis", System.nanoTime() - start);
        Thread writer = Thread.ofPlatform().start(() -> goOn(store, ended, failure, measured));
        export.write();
        long written = System.nanoTime();
        measured.millis("export.millis", written - start);
        StoreFiles.copy(folder, shipped);
        long copied = System.nanoTime();
        measured.millis("ship.millis", copied - written);
        follower.importFrom(shipped);
        measured.millis("install.millis", System.nanoTime() - copied);
        measured.nanos = System.nanoTime() - start;
        ended.set(true);
        writer.join();
      }
      if (failure.get() != null) {
        throw new IllegalStateException(failure.get());
      }
      measured.operations = cell.entries();
      measured.userBytes = cell.entries() * (KEY_BYTES + (long) cell.entryBytes());
      measured.liveBytes = measured.userBytes;
      measured.diskBytes = DirectorySize.bytes(shipped);
      StateMachineStore.Digest found = follower.digest(0);
      measured.digest = found.digest().toString();
      if (!found.equals(expected)) {
        throw new IllegalStateException("installed " + found + ", exported " + expected);
      }
    } finally {
      StoreFiles.delete(folder);
      StoreFiles.delete(shipped);
      StoreFiles.delete(other);
    }
  }

  /// Applies batches behind the exported state until the snapshot is installed.
  private void goOn(
      StateMachineStore store,
      AtomicBoolean ended,
      AtomicReference<@Nullable Throwable> failure,
      Measured measured) {
    try {
      StateBatch batch = new StateBatch(0);
      MemorySegment own = MemorySegment.ofArray(new byte[KEY_BYTES]);
      long index = cell.entries();
      long start = System.nanoTime();
      while (!ended.get()) {
        batch.clear();
        for (int i = 0; i < cell.batch(); i++) {
          own.set(BIG_ENDIAN, Long.BYTES, index++);
          batch.put(own, 0, KEY_BYTES, payloads.segment(), payloads.offset(i), payloads.length());
        }
        store.apply(batch, index, TERM);
      }
      measured.perSecond(
          "applied.meanwhile.per.second", index - cell.entries(), System.nanoTime() - start);
    } catch (RuntimeException e) {
      failure.set(e);
    }
  }
}
