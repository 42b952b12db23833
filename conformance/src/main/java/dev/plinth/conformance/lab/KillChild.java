package dev.plinth.conformance.lab;

import dev.plinth.conformance.model.EngineUnderTest;
import dev.plinth.conformance.model.Key;
import dev.plinth.conformance.model.Mutation;
import dev.plinth.conformance.model.Operation;
import dev.plinth.conformance.model.Payload;
import dev.plinth.spi.Engine;
import dev.plinth.spi.EngineEnvironment;
import dev.plinth.spi.Engines;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/// The process that is killed: writes and prints `ack N` after each acknowledgement, until it ends.
///
/// Arguments: folder, seed, round, engine, then options as `name=value`.
public final class KillChild {
  private static final int WRITES_MAX = 100_000;

  private KillChild() {}

  /// Writes until it is killed, at most a fixed number of times.
  public static void main(String[] arguments) {
    Map<String, String> options = new TreeMap<>();
    for (int i = 4; i < arguments.length; i++) {
      int equal = arguments[i].indexOf('=');
      options.put(arguments[i].substring(0, equal), arguments[i].substring(equal + 1));
    }
    EngineUnderTest subject = new EngineUnderTest(Engines.provider(arguments[3]), options);
    EngineKillTrial.Writes writes =
        new EngineKillTrial.Writes(
            subject, Long.parseLong(arguments[1]), Integer.parseInt(arguments[2]));
    PrintStream out = System.out;
    try (Engine engine =
        Engines.open(
            Path.of(arguments[0]),
            subject.provider(),
            subject.parsed(),
            EngineEnvironment.standard())) {
      for (int i = 0; i < WRITES_MAX; i++) {
        perform(engine, writes.next());
        out.println(Subject.KillTrial.ACKNOWLEDGED + i);
        out.flush();
      }
    }
  }

  private static void perform(Engine engine, Operation operation) {
    switch (operation) {
      case Operation.Single(Mutation.Put(Key key, Payload value), var durability) ->
          engine.put(key.bytes(), value.bytes(), durability);
      case Operation.Single(Mutation.Delete(Key key), var durability) ->
          engine.delete(key.bytes(), durability);
      case Operation.Single(Mutation.DeleteRange(var range), var durability) ->
          engine.deleteRange(range, durability);
      case Operation.Batch batch -> engine.write(batch.toWriteBatch(), batch.durability());
      default -> engine.flush();
    }
  }
}
