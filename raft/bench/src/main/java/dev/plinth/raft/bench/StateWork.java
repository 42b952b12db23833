package dev.plinth.raft.bench;

import dev.plinth.bench.cell.StoreFiles;
import dev.plinth.bench.machine.DirectorySize;
import dev.plinth.raft.store.StateBatch;
import dev.plinth.raft.store.StateExport;
import dev.plinth.raft.store.StateMachineStore;
import dev.plinth.spi.ByteLedger;
import dev.plinth.spi.Durability;
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
  private final Durability durability;
  private final MemorySegment key = MemorySegment.ofArray(new byte[KEY_BYTES]);

  StateWork(RaftCell cell) {
    this.cell = cell;
    this.payloads = new Payloads(cell.entryBytes(), cell.seed());
    this.directory = Path.of(cell.directory());
    this.durability = cell.durability();
    this.configuration = new TreeMap<>(cell.options());
    configuration.remove(RaftCell.DURABILITY);
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

  /// A part of the work on a store that is thrown away.
  private void warmUp() {
    Path scratch = directory.resolveSibling(directory.getFileName() + "-warm-up");
    try (StateMachineStore store = open(scratch)) {
      StateBatch batch = new StateBatch(0);
      long count = Math.min(100_000, cell.entries() / 4);
      Measured ignored = new Measured();
      for (long index = 0; index < count; ) {
        index = step(store, batch, index, ignored);
      }
      store.flush();
    } finally {
      StoreFiles.delete(scratch);
    }
    Settling.after(scratch, cell.entries());
  }

  private void apply(Measured measured) {
    warmUp();
    Path checkpoint = directory.resolveSibling(directory.getFileName() + "-checkpoint");
    try {
      StateMachineStore.Digest digest = applyAll(checkpoint, measured);
      restart(measured);
      replay(checkpoint, digest, measured);
    } finally {
      StoreFiles.delete(checkpoint);
    }
  }

  /// The timed phase: every entry, with checkpoints of which the newest is kept.
  private StateMachineStore.Digest applyAll(Path checkpoint, Measured measured) {
    try (StateMachineStore store = open(directory)) {
      ByteLedger ledger = store.stats().ledger();
      ProcessIo io = ProcessIo.now();
      long checkpointNanos = 0;
      long every = Math.min(CHECKPOINT_EVERY, cell.entries());
      long due = every / 2;
      long start = System.nanoTime();
      StateBatch batch = new StateBatch(0);
      for (long index = 0; index < cell.entries(); ) {
        index = step(store, batch, index, measured);
        if (index >= due) {
          checkpointNanos += checkpoint(store, checkpoint);
          due += every;
        }
      }
      store.flush();
      measured.nanos = System.nanoTime() - start;
      measured.operations = cell.entries();
      measured.userBytes = cell.entries() * (KEY_BYTES + (long) cell.entryBytes());
      measured.ledger = store.stats().ledger().since(ledger);
      measured.io = ProcessIo.now().since(io);
      measured.micros("checkpoints.micros", checkpointNanos);
      measured.perSecond(
          "applied.without.checkpoints.per.second",
          cell.entries(),
          measured.nanos - checkpointNanos);
      measured.diskBytes = DirectorySize.bytes(directory);
      measured.liveBytes = measured.userBytes;
      StateMachineStore.Digest digest = store.digest(0);
      measured.digest = digest.digest().toString();
      return digest;
    }
  }

  private void restart(Measured measured) {
    long start = System.nanoTime();
    try (StateMachineStore store = open(directory)) {
      measured.micros("restart.micros", System.nanoTime() - start);
      if (store.applied(0).index() != cell.entries()) {
        throw new IllegalStateException("after a restart applied: " + store.applied(0));
      }
    }
  }

  /// What a crash of an engine without its log costs: the newest checkpoint, and all entries behind
  /// it once more.
  private void replay(Path checkpoint, StateMachineStore.Digest expected, Measured measured) {
    if (!Files.exists(checkpoint)) {
      return;
    }
    Path other = directory.resolveSibling(directory.getFileName() + "-other");
    try (StateMachineStore store = open(other)) {
      long start = System.nanoTime();
      store.importFrom(checkpoint);
      long imported = System.nanoTime();
      measured.micros("replay.import.micros", imported - start);
      StateBatch batch = new StateBatch(0);
      long from = store.applied(0).index();
      for (long index = from; index < cell.entries(); ) {
        index = step(store, batch, index, new Measured());
      }
      store.flush();
      measured.perSecond(
          "replay.entries.per.second", cell.entries() - from, System.nanoTime() - imported);
      if (!store.digest(0).equals(expected)) {
        throw new IllegalStateException("replayed " + store.digest(0) + ", applied " + expected);
      }
    } finally {
      StoreFiles.delete(other);
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
    store.apply(batch, to, TERM, durability);
    measured.time(System.nanoTime() - start);
    return to;
  }

  /// Sixteen bytes that look random and are different for different indexes.
  private void setKey(long index) {
    long mixed = index * 0x9E37_79B9_7F4A_7C15L;
    key.set(BIG_ENDIAN, 0, mixed);
    key.set(BIG_ENDIAN, Long.BYTES, index);
  }

  /// Puts a checkpoint in place of an earlier one.
  ///
  /// @return how long it took, without removing the earlier one
  private static long checkpoint(StateMachineStore store, Path folder) {
    StoreFiles.delete(folder);
    long start = System.nanoTime();
    make(folder);
    try (StateExport export = store.export(folder)) {
      export.write();
    }
    return System.nanoTime() - start;
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
        measured.micros("freeze.micros", System.nanoTime() - start);
        Thread writer = Thread.ofPlatform().start(() -> goOn(store, ended, failure, measured));
        export.write();
        long written = System.nanoTime();
        measured.micros("export.micros", written - start);
        StoreFiles.copy(folder, shipped);
        long copied = System.nanoTime();
        measured.micros("ship.micros", copied - written);
        follower.importFrom(shipped);
        measured.micros("install.micros", System.nanoTime() - copied);
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
