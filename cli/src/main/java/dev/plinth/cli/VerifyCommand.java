package dev.plinth.cli;

import dev.plinth.spi.Engine;
import dev.plinth.spi.Quantities;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/// `plinth verify DIR`: reads and checks everything that a store holds.
@Command(
    name = "verify",
    description = "Reads everything in a store and checks it; exit code 1 for the first damage.")
final class VerifyCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private StoreOptions store = new StoreOptions();

  @Override
  public Integer call() {
    try (Engine engine = store.open()) {
      Engine.Verification checked = engine.verify();
      spec.commandLine()
          .getOut()
          .printf(
              Locale.ROOT,
              "sound: %,d files, %s, %,d live entries%n",
              checked.files(),
              Quantities.bytesText((double) checked.bytes()),
              checked.entries());
    }
    spec.commandLine().getOut().flush();
    return 0;
  }
}
