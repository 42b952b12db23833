package dev.plinth.cli;

import dev.plinth.bench.cell.Contestants;
import dev.plinth.spi.EngineOptions;
import dev.plinth.spi.EngineProvider;
import dev.plinth.spi.EngineTraits;
import dev.plinth.spi.Engines;
import dev.plinth.spi.OptionSpec;
import dev.plinth.spi.Quantities;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `plinth engines`: what is on the class path, with every option and its default.
@Command(name = "engines", description = "Lists engines and peers with their options and limits.")
final class EnginesCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(arity = "0..1", paramLabel = "NAME", description = "Only this engine.")
  private @Nullable String name;

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    List<String> names = name == null ? Engines.names() : List.of(Engines.provider(name).name());
    out.println("Options of all engines:");
    EngineOptions.common().forEach(option -> print(out, option));
    for (String engine : names) {
      EngineProvider provider = Engines.provider(engine);
      out.println();
      out.println(engine + (Contestants.isPeer(engine) ? " (peer)" : ""));
      out.println("  " + provider.description());
      EngineTraits traits = provider.traits(Engines.options(provider, Map.of()));
      out.printf(
          Locale.ROOT,
          "  keys to %s, values to %s, batches to %s, checkpoints %s%n",
          Quantities.bytesText(traits.keyBytesMax()),
          Quantities.bytesText(traits.valueBytesMax()),
          Quantities.bytesText(traits.batchBytesMax()),
          traits.checkpoint().name().toLowerCase(Locale.ROOT));
      provider.options().forEach(option -> print(out, option));
    }
    out.flush();
    return 0;
  }

  private static void print(PrintWriter out, OptionSpec option) {
    out.println("  " + option.name() + " = " + option.fallback());
    out.println("      " + option.description());
  }
}
