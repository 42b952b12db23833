package dev.plinth.conformance.lab;

import dev.plinth.conformance.disk.CrashState;
import dev.plinth.conformance.disk.SimDisk;
import dev.plinth.conformance.model.EngineUnderTest;
import dev.plinth.conformance.model.History;
import dev.plinth.conformance.model.HistoryGenerator;
import dev.plinth.conformance.model.Key;
import dev.plinth.conformance.model.Observation;
import dev.plinth.conformance.model.Operation;
import dev.plinth.conformance.model.Oracle;
import dev.plinth.conformance.model.Payload;
import dev.plinth.conformance.model.QuietExecutor;
import dev.plinth.conformance.model.Trial;
import dev.plinth.conformance.model.Violation;
import dev.plinth.spi.Durability;
import dev.plinth.spi.Engine;
import dev.plinth.spi.disk.Disk;
import java.util.List;
import java.util.function.BooleanSupplier;

/// A script of an engine under way.
final class EngineRun implements Subject.Run {
  private final EngineUnderTest subject;
  private final List<Operation> script;
  private final List<Key> keys;
  private final QuietExecutor background;
  private final Trial trial;

  EngineRun(
      EngineUnderTest subject,
      List<Operation> script,
      List<Key> keys,
      Disk disk,
      QuietExecutor background,
      BooleanSupplier tolerated) {
    this.subject = subject;
    this.script = script;
    this.keys = keys;
    this.background = background;
    this.trial = new Trial(subject, disk, History.STORE, background, keys).tolerate(tolerated);
  }

  /// Step 0 opens the engine; the others are the operations.
  @Override
  public int steps() {
    return script.size() + 1;
  }

  @Override
  public Disk disk() {
    return trial.disk();
  }

  @Override
  public String describe(int step) {
    return step == 0 ? "open" : script.get(step - 1).toString();
  }

  @Override
  public void step(int step) {
    if (step == 0) {
      trial.open(0);
    } else {
      trial.run(script.get(step - 1));
    }
  }

  @Override
  public Object mark() {
    return trial.oracle().mark();
  }

  @Override
  public Object weakened(Object early, Object late) {
    Oracle.Mark first = (Oracle.Mark) early;
    Oracle.Mark last = (Oracle.Mark) late;
    return new Oracle.Mark(first.synced(), first.written(), last.submitted());
  }

  @Override
  public void check(Object mark, Disk found, boolean powerLost, long probe) {
    Oracle.Mark promise = (Oracle.Mark) mark;
    int least = powerLost ? promise.synced() : promise.written();
    boolean crashing = found instanceof SimDisk && probe % 3 == 1;
    Oracle.Fingerprint state;
    int length;
    long claimed;
    Engine engine = subject.open(found, History.STORE, background);
    try {
      background.await();
      state = Observation.of(engine, keys, HistoryGenerator.GROUPS);
      length = recognise(state, least, promise.submitted());
      claimed = engine.durableSequence();
      if (probe % 3 == 0) {
        state = writeProbe(engine);
      } else if (crashing) {
        ((SimDisk) found).kill("power was lost after recovery");
      }
    } finally {
      close(engine, crashing);
    }
    if (crashing) {
      SimDisk after = ((SimDisk) found).crash(new CrashState.NothingUnsynced());
      reopenAfterClaim(after, promise.synced(), length, claimed);
    } else if (probe % 3 == 0) {
      requireSame(found, state);
    }
  }

  private void close(Engine engine, boolean dead) {
    try {
      engine.close();
    } catch (dev.plinth.spi.StorageException e) {
      if (!dead) {
        throw e;
      }
    }
    background.await();
  }

  private int recognise(Oracle.Fingerprint state, int least, int most) {
    Oracle.Match match = trial.oracle().match(state, least, most);
    if (match == null) {
      throw new Violation("D3", "found " + trial.oracle().explain(state, least, most));
    }
    return match.length();
  }

  /// A recovered engine takes writes and keeps them.
  private Oracle.Fingerprint writeProbe(Engine engine) {
    Key key = keys.getFirst();
    engine.put(key.bytes(), new Payload(-7, 77).bytes(), Durability.WRITTEN);
    engine.flush();
    return Observation.of(engine, keys, HistoryGenerator.GROUPS);
  }

  private void requireSame(Disk found, Oracle.Fingerprint state) {
    Engine again = subject.open(found, History.STORE, background);
    try {
      if (!Observation.of(again, keys, HistoryGenerator.GROUPS).equals(state)) {
        throw new Violation("D1", "what was flushed after recovery is not there after reopening");
      }
    } finally {
      close(again, false);
    }
  }

  /// What a recovered engine calls durable survives the next loss of power.
  private void reopenAfterClaim(SimDisk after, int least, int most, long claimed) {
    Engine again = subject.open(after, History.STORE, background);
    try {
      recognise(Observation.of(again, keys, HistoryGenerator.GROUPS), least, most);
      if (again.sequence() < claimed) {
        throw new Violation(
            "D5",
            "recovery called sequence "
                + claimed
                + " durable, but the next crash left "
                + again.sequence());
      }
    } finally {
      close(again, false);
    }
  }

  @Override
  public void finish() {
    trial.closeEngine();
  }

  @Override
  public void close() {
    trial.close();
  }
}
