package dev.plinth.cli;

import dev.plinth.spi.Engine;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/// `plinth digest DIR`: the fingerprint of a store's content, equal on every engine for equal
/// content.
@Command(
    name = "digest",
    description = "Prints the digest of a store's content: equal on any engine for equal content.")
final class DigestCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private StoreOptions store = new StoreOptions();

  @Override
  public Integer call() {
    try (Engine engine = store.open()) {
      spec.commandLine().getOut().println(engine.digest());
    }
    spec.commandLine().getOut().flush();
    return 0;
  }
}
