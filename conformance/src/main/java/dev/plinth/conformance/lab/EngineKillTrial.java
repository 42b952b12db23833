package dev.plinth.conformance.lab;

import dev.plinth.conformance.model.Commit;
import dev.plinth.conformance.model.EngineUnderTest;
import dev.plinth.conformance.model.HistoryGenerator;
import dev.plinth.conformance.model.Mutation;
import dev.plinth.conformance.model.Observation;
import dev.plinth.conformance.model.Operation;
import dev.plinth.conformance.model.Oracle;
import dev.plinth.conformance.model.Violation;
import dev.plinth.spi.Durability;
import dev.plinth.spi.Engine;
import dev.plinth.spi.EngineEnvironment;
import dev.plinth.spi.Engines;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// A store of an engine whose writers are killed.
final class EngineKillTrial implements Subject.KillTrial {
  private final EngineUnderTest subject;
  private final long seed;
  private final Oracle oracle = new Oracle();

  EngineKillTrial(EngineUnderTest subject, long seed) {
    this.subject = subject;
    this.seed = seed;
  }

  /// The writes of one round: as many as a child can ask for.
  static final class Writes {
    private final HistoryGenerator generator;

    Writes(EngineUnderTest subject, long seed, int round) {
      HistoryGenerator.Shape shape =
          new HistoryGenerator.Shape(60, 4000, false, false, !subject.withoutLog());
      generator = new HistoryGenerator(seed * 1_000_003 + round, shape, subject.traits());
    }

    HistoryGenerator generator() {
      return generator;
    }

    /// The next operation that writes or flushes.
    Operation next() {
      while (true) {
        Operation operation = generator.next();
        if (operation == Operation.Plain.FLUSH
            || (operation instanceof Operation.Single single && !isEmpty(single.mutation()))
            || (operation instanceof Operation.Batch batch && batch.group() >= 0)) {
          return operation;
        }
      }
    }

    private static boolean isEmpty(Mutation mutation) {
      return mutation instanceof Mutation.DeleteRange(var range) && range.isEmpty();
    }
  }

  @Override
  public List<String> childArguments(Path folder, int round) {
    List<String> arguments = new ArrayList<>();
    arguments.add(folder.resolve("store").toString());
    arguments.add(Long.toString(seed));
    arguments.add(Integer.toString(round));
    arguments.add(subject.provider().name());
    subject.options().forEach((name, value) -> arguments.add(name + "=" + value));
    return arguments;
  }

  @Override
  public String childClass() {
    return KillChild.class.getName();
  }

  @Override
  public int check(Path folder, int round, List<String> lines) {
    Writes writes = new Writes(subject, seed, round);
    int acknowledged = 0;
    for (String line : lines) {
      if (line.equals(Subject.KillTrial.ACKNOWLEDGED + acknowledged)) {
        promise(writes.next());
        acknowledged++;
      }
    }
    int least = oracle.mark().written();
    submit(writes.next());
    try (Engine engine =
        Engines.open(
            folder.resolve("store"),
            subject.provider(),
            subject.parsed(),
            EngineEnvironment.standard())) {
      Oracle.Fingerprint found =
          Observation.of(engine, writes.generator().keys(), HistoryGenerator.GROUPS);
      int most = oracle.mark().submitted();
      Oracle.Match match = oracle.match(found, least, most);
      if (match == null) {
        throw new Violation(
            "D1",
            "after kill "
                + round
                + " with "
                + acknowledged
                + " acknowledgements: found "
                + oracle.explain(found, least, most));
      }
      oracle.rebase(match, engine.sequence());
    }
    oracle.allSynced();
    return acknowledged;
  }

  private void promise(Operation operation) {
    submit(operation);
    Durability durability =
        switch (operation) {
          case Operation.Single single -> single.durability();
          case Operation.Batch batch -> batch.durability();
          default -> Durability.SYNCED;
        };
    boolean kept = durability == Durability.SYNCED || !subject.withoutLog();
    if (durability != Durability.BUFFERED && kept) {
      oracle.allWritten();
    }
  }

  private void submit(Operation operation) {
    switch (operation) {
      case Operation.Single single -> oracle.submit(Commit.of(List.of(single.mutation())));
      case Operation.Batch batch ->
          oracle.submit(new Commit(batch.mutations(), batch.group(), batch.index()));
      default -> {}
    }
  }
}
