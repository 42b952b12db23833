package dev.plinth.conformance.lab;

import dev.plinth.conformance.disk.CrashState;
import dev.plinth.conformance.model.EngineUnderTest;
import dev.plinth.conformance.model.History;
import dev.plinth.conformance.model.HistoryGenerator;
import dev.plinth.conformance.model.Key;
import dev.plinth.conformance.model.Mutation;
import dev.plinth.conformance.model.Operation;
import dev.plinth.conformance.model.Payload;
import dev.plinth.conformance.model.QuietExecutor;
import dev.plinth.conformance.model.Reducer;
import dev.plinth.conformance.model.Violation;
import dev.plinth.spi.Durability;
import dev.plinth.spi.KeyRange;
import dev.plinth.spi.StorageException;
import dev.plinth.spi.disk.Disk;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/// An engine in the laboratory.
public final class EngineSubject implements Subject {
  private static final int SHORT_OPERATIONS = 45;
  private static final int STORE_OPERATIONS = 90;
  private static final int REDUCER_TRIES_MAX = 400;
  private static final int SEQUENCE_VALUE_BYTES = 40;
  private static final List<Key> SEQUENCE_KEYS =
      List.of(Key.of(new byte[] {'a'}), Key.of(new byte[] {'b'}));

  private final EngineUnderTest engine;
  private final boolean killable;

  /// @param killable whether it is found by name on the class path, so that a child process can
  ///   open it
  public EngineSubject(EngineUnderTest engine, boolean killable) {
    this.engine = engine;
    this.killable = killable;
  }

  /// The engine and its options.
  public EngineUnderTest engine() {
    return engine;
  }

  @Override
  public String name() {
    return engine.provider().name();
  }

  @Override
  public String commandOptions() {
    StringBuilder text = new StringBuilder();
    new TreeMap<>(engine.options())
        .forEach((name, value) -> text.append(" --option ").append(name).append('=').append(value));
    return text.toString().strip();
  }

  @Override
  public Set<Layer> layers() {
    Set<Layer> layers = EnumSet.allOf(Layer.class);
    if (!killable) {
      layers.remove(Layer.KILL);
    }
    return layers;
  }

  private HistoryGenerator.Shape shape(int keys, int valueBytesMax, boolean crashes) {
    return new HistoryGenerator.Shape(
        keys,
        Math.min(valueBytesMax, engine.traits().valueBytesMax()),
        crashes,
        true,
        !engine.withoutLog());
  }

  @Override
  public Run start(
      long seed, ScriptSize size, Disk disk, QuietExecutor background, BooleanSupplier tolerated) {
    int operations = size == ScriptSize.SHORT ? SHORT_OPERATIONS : STORE_OPERATIONS;
    HistoryGenerator.Shape shape =
        size == ScriptSize.SHORT ? shape(14, 3000, false) : shape(30, 900, false);
    HistoryGenerator generator = new HistoryGenerator(seed, shape, engine.traits());
    List<Operation> script = generator.next(operations);
    return new EngineRun(engine, script, generator.keys(), disk, background, tolerated);
  }

  @Override
  public Run start(String sequence, Disk disk, QuietExecutor background) {
    List<Operation> script = new ArrayList<>();
    for (int i = 0; i < sequence.length(); i++) {
      script.add(operation(sequence.charAt(i), i));
    }
    script.add(Operation.Plain.DIGEST);
    return new EngineRun(engine, script, SEQUENCE_KEYS, disk, background, () -> false);
  }

  private Operation operation(char letter, int place) {
    Durability durable = engine.withoutLog() ? Durability.WRITTEN : Durability.SYNCED;
    Key a = SEQUENCE_KEYS.getFirst();
    Key b = SEQUENCE_KEYS.getLast();
    Payload value = new Payload(place + 1, SEQUENCE_VALUE_BYTES);
    return switch (letter) {
      case 'p' -> new Operation.Single(new Mutation.Put(a, value), Durability.WRITTEN);
      case 'q' -> new Operation.Single(new Mutation.Put(b, value), durable);
      case 'd' -> new Operation.Single(new Mutation.Delete(a), Durability.WRITTEN);
      case 'e' -> new Operation.Single(new Mutation.Delete(b), Durability.BUFFERED);
      case 'x' ->
          new Operation.Single(
              new Mutation.DeleteRange(KeyRange.of(a.bytes(), null)), Durability.WRITTEN);
      case 'f' -> Operation.Plain.FLUSH;
      case 'r' -> Operation.Plain.REOPEN;
      case 'c' -> new Operation.Crash(new CrashState.NothingUnsynced());
      default ->
          throw new StorageException.InvalidConfiguration(
              "'" + letter + "' is none of the operations " + SEQUENCE_LETTERS);
    };
  }

  @Override
  public int history(long seed, int operations, QuietExecutor background) {
    history(seed, operations).run(engine, background);
    return operations;
  }

  @Override
  public RecordedCalls concurrent(long seed, QuietExecutor background, Consumer<String> alive) {
    return new ConcurrentHistory(engine, seed, background, alive).run();
  }

  private History history(long seed, int operations) {
    return History.of(seed, operations, shape(24, 20_000, true), engine);
  }

  @Override
  public String shortened(long seed, int operations, QuietExecutor background, Runnable alive) {
    List<Operation> all = history(seed, operations).operations();
    if (!fails(all, background, alive)) {
      return "";
    }
    return new History(
            Reducer.reduce(all, rest -> fails(rest, background, alive), REDUCER_TRIES_MAX))
        .toString();
  }

  private boolean fails(List<Operation> operations, QuietExecutor background, Runnable alive) {
    alive.run();
    try {
      new History(operations).run(engine, background);
      return false;
    } catch (Violation e) {
      return true;
    }
  }

  @Override
  public KillTrial killTrial(long seed) {
    return new EngineKillTrial(engine, seed);
  }

  @Override
  public String toString() {
    return engine.toString();
  }
}
