package dev.plinth.conformance.model;

import dev.plinth.conformance.disk.CrashState;
import dev.plinth.conformance.disk.SimDisk;
import dev.plinth.spi.Durability;
import dev.plinth.spi.Engine;
import dev.plinth.spi.KeyRange;
import dev.plinth.spi.StateDigest;
import dev.plinth.spi.StorageException;
import dev.plinth.spi.WriteBatch;
import dev.plinth.spi.disk.Disk;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// One engine on one disk beside the oracle: runs operations on both and compares, across
/// reopenings and crashes.
///
/// Where faults are injected, [#tolerate] lets typed errors pass; what was acknowledged is still
/// held against the engine. Not thread-safe.
public final class Trial implements AutoCloseable {
  private final EngineUnderTest subject;
  private final Path directory;
  private final QuietExecutor background;
  private final List<Key> keys;
  private final Oracle oracle = new Oracle();
  private final FrozenSlots slots = new FrozenSlots();
  private Claims claims = new Claims(oracle);
  private BooleanSupplier tolerance = () -> false;
  private Disk disk;
  private @Nullable Engine engine;
  private boolean failed;
  private boolean poisoned;
  private boolean ingesting;
  private int checkpoints;

  /// @param directory the engine's; its parent exists
  /// @param keys the keys that operations use
  public Trial(
      EngineUnderTest subject,
      Disk disk,
      Path directory,
      QuietExecutor background,
      List<Key> keys) {
    this.subject = subject;
    this.disk = disk;
    this.directory = directory;
    this.background = background;
    this.keys = List.copyOf(keys);
  }

  /// Says when typed errors are no violation.
  public Trial tolerate(BooleanSupplier when) {
    tolerance = when;
    return this;
  }

  /// The oracle.
  public Oracle oracle() {
    return oracle;
  }

  /// The disk, which a crash replaces.
  public Disk disk() {
    return disk;
  }

  /// The engine, or null while it is not open.
  public @Nullable Engine engine() {
    return engine;
  }

  /// Whether a call failed since it was opened.
  public boolean hasFailed() {
    return failed;
  }

  /// Goes on with another disk, on which [#open] is to be called.
  public void moveTo(Disk other) {
    disk = other;
  }

  /// Opens the engine and checks that it shows an allowed state.
  ///
  /// @param least how many commits must be there
  public void open(int least) {
    failed = false;
    poisoned = false;
    try {
      engine = subject.open(disk, directory, background);
      Engine opened = engine;
      background.await();
      recognise(opened, least);
      opened.onDurable(claims);
      claims.poll(opened);
    } catch (StorageException e) {
      failed = true;
      abandon();
      if (!tolerance.getAsBoolean()) {
        throw new Violation("D9", "it does not open: " + e, e);
      }
    }
  }

  private void recognise(Engine opened, int least) {
    Oracle.Mark mark = oracle.mark();
    Oracle.Fingerprint found = Observation.of(opened, keys, HistoryGenerator.GROUPS);
    Oracle.Match match = oracle.match(found, least, mark.submitted());
    if (match == null) {
      throw new Violation("D3", "found " + oracle.explain(found, least, mark.submitted()));
    }
    claims.settle(opened);
    oracle.rebase(match, opened.sequence());
  }

  /// Runs one operation and compares.
  public void run(Operation operation) {
    Engine now = engine;
    if (now == null) {
      return;
    }
    try {
      perform(now, operation);
      background.await();
      Throwable thrown = background.takeFailure();
      if (thrown != null) {
        throw new Violation("SPI", "a background task threw " + thrown, thrown);
      }
      if (engine != null) {
        claims.poll(engine);
      }
    } catch (StorageException e) {
      boolean before = poisoned;
      tolerated(e, operation.toString());
      // It may be the checkpoint's own engine that was poisoned.
      poisoned = operation == Operation.Plain.CHECKPOINT ? before : poisoned;
    } catch (Violation e) {
      throw e;
    } catch (RuntimeException | Error e) {
      throw new Violation("SPI", operation + " threw " + e, e);
    }
    if (disk instanceof SimDisk simulated && !simulated.violations().isEmpty()) {
      throw new Violation("SPI", simulated.violations().getFirst());
    }
  }

  private void tolerated(StorageException e, String what) {
    failed = true;
    poisoned |= e instanceof StorageException.Poisoned;
    boolean alarm = e instanceof StorageException.Corrupt;
    if (alarm || !tolerance.getAsBoolean()) {
      throw new Violation(alarm ? "D6" : "SPI", what + " failed: " + e, e);
    }
  }

  private void perform(Engine now, Operation operation) {
    switch (operation) {
      case Operation.Single single -> single(now, single);
      case Operation.Batch batch -> batch(now, batch);
      case Operation.Ingest(List<Mutation.Put> entries) -> ingest(now, entries);
      case Operation.Get(Key key) -> get(now, key);
      case Operation.GetMany(List<Key> many) -> certain(s -> ReadChecks.getMany(now, many, s));
      case Operation.Scan scan ->
          certain(s -> ReadChecks.scan(now, scan.range(), scan.forward(), s));
      case Operation.Seek seek -> certain(s -> ReadChecks.seek(now, seek.range(), seek.key(), s));
      case Operation.Freeze freeze ->
          certain(s -> slots.freeze(freeze.slot(), freeze.cursor(), now, s));
      case Operation.ReadFrozen(int slot) -> slots.read(slot, keys);
      case Operation.Thaw(int slot) -> slots.thaw(slot);
      case Operation.Compact compact -> {
        now.compact(compact.range());
        certain(s -> digest(now, s));
      }
      case Operation.Crash(CrashState state) -> crash(state);
      case Operation.Plain plain -> plain(now, plain);
    }
  }

  private void plain(Engine now, Operation.Plain plain) {
    switch (plain) {
      case FLUSH -> {
        long last = now.sequence();
        if (now.flush() < last) {
          throw new Violation("D1", "flush() returned less than the last sequence number " + last);
        }
        oracle.allSynced();
      }
      case REQUEST_FLUSH -> now.requestFlush();
      case REOPEN -> reopen();
      case SETTLE -> now.settle();
      case CHECKPOINT -> certain(s -> checkpoint(now, s));
      case VERIFY -> {
        Engine.Verification verification = now.verify();
        certain(s -> entries(verification, s));
      }
      case DIGEST -> certain(s -> digest(now, s));
      case INGEST_UNSORTED -> ingestUnsorted(now);
    }
  }

  private static void entries(Engine.Verification verification, ModelState state) {
    if (verification.entries() != state.entries().size()) {
      throw new Violation(
          "SPI", "verify() counted " + verification.entries() + " of " + state.entries().size());
    }
  }

  /// Runs a check that needs to know the one visible state; nothing while a write is uncertain.
  private void certain(java.util.function.Consumer<ModelState> check) {
    if (oracle.isCertain()) {
      check.accept(oracle.current());
    }
  }

  private void digest(Engine now, ModelState state) {
    ReadChecks.scan(now, KeyRange.all(), true, state);
    require(Observation.entries(now, keys), state);
    require(now.digest(), state);
    if (!state.entries().isEmpty() && now.stats().diskBytes() <= 0) {
      throw new Violation("SPI", "stats() counts no byte on disk");
    }
  }

  private static void require(StateDigest found, ModelState state) {
    if (!found.equals(state.digest())) {
      throw new Violation("D11", "the digest is " + found + " instead of " + state.digest());
    }
  }

  private void get(Engine now, Key key) {
    List<@Nullable Payload> allowed = new ArrayList<>();
    if (oracle.isCertain()) {
      allowed.add(oracle.value(key));
    } else {
      oracle.visible().forEach(state -> allowed.add(state.entries().get(key)));
    }
    ReadChecks.get(now, key, allowed);
  }

  private void single(Engine now, Operation.Single single) {
    Mutation mutation = single.mutation();
    Durability durability = single.durability();
    switch (mutation) {
      case Mutation.Put(Key key, Payload value) -> {
        write(
            Commit.of(List.of(mutation)),
            durability,
            () -> now.put(key.bytes(), value.bytes(), durability));
        get(now, key);
      }
      case Mutation.Delete(Key key) -> {
        write(Commit.of(List.of(mutation)), durability, () -> now.delete(key.bytes(), durability));
        get(now, key);
      }
      case Mutation.DeleteRange(var range) -> {
        if (range.isEmpty()) {
          now.deleteRange(range, Durability.BUFFERED);
          return;
        }
        write(Commit.of(List.of(mutation)), durability, () -> now.deleteRange(range, durability));
        certain(s -> ReadChecks.scan(now, range, true, s));
      }
    }
  }

  private void batch(Engine now, Operation.Batch operation) {
    WriteBatch batch = operation.toWriteBatch();
    if (batch.isEmpty()) {
      long before = now.sequence();
      if (now.write(batch, Durability.BUFFERED) != before || now.sequence() != before) {
        throw new Violation("SPI", "an empty batch changed the sequence number");
      }
      return;
    }
    Commit commit = new Commit(operation.mutations(), operation.group(), operation.index());
    Durability durability = operation.durability();
    boolean taken = write(commit, durability, () -> now.write(batch, durability));
    for (Mutation mutation : operation.mutations()) {
      if (mutation instanceof Mutation.Put(Key key, Payload _)) {
        get(now, key);
      }
    }
    if (operation.group() >= 0
        && taken
        && now.appliedIndex(operation.group()) != operation.index()) {
      throw new Violation("D4", "the applied index of group " + operation.group() + " is not new");
    }
  }

  private void ingest(Engine now, List<Mutation.Put> entries) {
    ingesting = true;
    write(Commit.of(entries), Durability.SYNCED, () -> now.ingest(new ListedEntries(entries)));
    ingesting = false;
    for (Mutation.Put entry : entries) {
      get(now, entry.key());
    }
  }

  private void ingestUnsorted(Engine now) {
    long before = now.sequence();
    Mutation.Put high = new Mutation.Put(Key.of(new byte[] {'y'}), new Payload(-1, 5));
    Mutation.Put low = new Mutation.Put(Key.of(new byte[] {'x'}), new Payload(-2, 5));
    try {
      now.ingest(new ListedEntries(List.of(high, low)));
      throw new Violation("SPI", "ingest() took unsorted entries");
    } catch (IllegalArgumentException expected) {
      if (now.sequence() != before) {
        throw new Violation("SPI", "a refused ingest() changed the sequence number", expected);
      }
    }
    certain(s -> ReadChecks.scan(now, KeyRange.all(), true, s));
  }

  private boolean write(Commit commit, Durability durability, LongSupplier call) {
    if (oracle.isFull()) {
      return false;
    }
    boolean refusable = durability == Durability.SYNCED && subject.withoutLog() && !ingesting;
    long last = Objects.requireNonNull(engine).sequence();
    oracle.submit(commit);
    try {
      long sequence = call.getAsLong();
      if (sequence <= last) {
        throw new Violation("SPI", "sequence number " + sequence + " after " + last);
      }
      oracle.acknowledge(sequence);
    } catch (StorageException.LimitExceeded | StorageException.Unsupported e) {
      oracle.withdraw();
      if (!(refusable && e instanceof StorageException.Unsupported)) {
        throw e;
      }
      return false;
    } catch (StorageException e) {
      if (poisoned && e instanceof StorageException.Poisoned) {
        oracle.withdraw();
      } else {
        oracle.doubt();
      }
      tolerated(e, "a write");
      return false;
    }
    if (durability == Durability.SYNCED) {
      oracle.allSynced();
    } else if (durability == Durability.WRITTEN && !subject.withoutLog()) {
      oracle.allWritten();
    }
    return true;
  }

  private void checkpoint(Engine now, ModelState state) {
    Path copy = directory.resolveSibling("checkpoint-" + checkpoints++);
    now.checkpoint(copy);
    background.await();
    List<Disk> disks = new ArrayList<>();
    if (disk instanceof SimDisk simulated) {
      disks.add(simulated.image().crash(new CrashState.NothingUnsynced()));
    }
    disks.add(disk);
    for (Disk where : disks) {
      CheckpointCheck.run(subject, where, copy, background, keys, state);
    }
    certain(s -> digest(now, s));
    CheckpointCheck.remove(disk, copy);
  }

  /// Closes and opens again: everything must be there.
  private void reopen() {
    if (!closeEngine()) {
      open(oracle.mark().written());
      return;
    }
    open(oracle.isCertain() ? oracle.mark().submitted() : oracle.mark().written());
  }

  /// Closes the engine.
  ///
  /// @return whether all of it went well
  public boolean closeEngine() {
    Engine now = engine;
    engine = null;
    if (now == null) {
      return false;
    }
    boolean good = !failed;
    try {
      slots.thawAll();
      now.close();
      now.close();
    } catch (StorageException e) {
      good = false;
      tolerated(e, "close()");
    }
    background.await();
    if (good) {
      oracle.allSynced();
    }
    return good;
  }

  private void crash(CrashState state) {
    if (!(disk instanceof SimDisk simulated)) {
      throw new IllegalStateException("only a simulated disk can crash");
    }
    Oracle.Mark mark = oracle.mark();
    disk = simulated.crash(state);
    abandon();
    open(least(mark, state));
  }

  /// How many commits a crash must leave.
  public static int least(Oracle.Mark mark, CrashState state) {
    return switch (state) {
      case CrashState.ProcessKilled _, CrashState.Everything _ -> mark.written();
      case CrashState.NothingUnsynced _, CrashState.OrderedPrefix _, CrashState.AnySubset _ ->
          mark.synced();
    };
  }

  /// Lets go of an engine whose disk is dead or of no interest any more.
  private void abandon() {
    Engine dead = engine;
    engine = null;
    if (dead == null) {
      return;
    }
    try {
      slots.thawAll();
    } catch (StorageException e) {
      failed = true;
    }
    try {
      dead.close();
    } catch (StorageException e) {
      failed = true;
    }
    background.await();
    claims = claims.next();
  }

  @Override
  public void close() {
    abandon();
  }
}
