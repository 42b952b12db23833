package dev.plinth.conformance.model;

import dev.plinth.conformance.disk.SimDisk;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

/// A list of operations with the keys they use: what is replayed, written down and shortened.
///
/// As text it is one operation a line; lines that begin with `#` are comments.
///
/// @param operations what is done, in order
public record History(List<Operation> operations) {
  /// Where a store lies on a simulated disk.
  public static final Path STORE = Path.of("/sim/store");

  public History {
    operations = List.copyOf(operations);
  }

  /// A history of `count` operations made from a seed.
  public static History of(
      long seed, int count, HistoryGenerator.Shape shape, EngineUnderTest subject) {
    return new History(new HistoryGenerator(seed, shape, subject.traits()).next(count));
  }

  /// Reads what [#toString()] wrote.
  public static History parse(String text) {
    return new History(
        text.lines()
            .map(String::strip)
            .filter(line -> !line.isEmpty() && !line.startsWith("#"))
            .map(Operation::parse)
            .toList());
  }

  /// Every key it names, sorted.
  public List<Key> keys() {
    TreeSet<Key> keys = new TreeSet<>();
    for (Operation operation : operations) {
      switch (operation) {
        case Operation.Single single -> add(keys, single.mutation());
        case Operation.Batch batch -> batch.mutations().forEach(m -> add(keys, m));
        case Operation.Ingest ingest -> ingest.entries().forEach(m -> add(keys, m));
        case Operation.Get get -> keys.add(get.key());
        case Operation.GetMany many -> keys.addAll(many.keys());
        case Operation.Seek seek -> keys.add(seek.key());
        default -> {}
      }
    }
    return new ArrayList<>(keys);
  }

  private static void add(TreeSet<Key> keys, Mutation mutation) {
    switch (mutation) {
      case Mutation.Put put -> keys.add(put.key());
      case Mutation.Delete delete -> keys.add(delete.key());
      case Mutation.DeleteRange _ -> {}
    }
  }

  /// A simulated disk with the folder in which stores are made.
  public static SimDisk disk() {
    SimDisk disk = new SimDisk();
    disk.createDirectories(STORE.resolve(".."));
    disk.syncDirectory(STORE.getRoot());
    return disk;
  }

  /// Runs it on a fresh simulated disk beside the model, then closes and opens once more.
  ///
  /// @throws Violation when the engine disagrees
  public void run(EngineUnderTest subject, QuietExecutor background) {
    try (Trial trial = new Trial(subject, disk(), STORE, background, keys())) {
      trial.open(0);
      int number = 0;
      for (Operation operation : operations) {
        number++;
        try {
          trial.run(operation);
        } catch (Violation e) {
          throw new Violation(
              e.clause(), "operation " + number + " (" + operation + "): " + e.getMessage(), e);
        }
      }
      trial.run(Operation.Plain.DIGEST);
      trial.run(Operation.Plain.REOPEN);
      trial.closeEngine();
    }
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    operations.forEach(operation -> text.append(operation).append('\n'));
    return text.toString();
  }
}
