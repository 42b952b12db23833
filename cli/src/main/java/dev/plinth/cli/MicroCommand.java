package dev.plinth.cli;

import dev.plinth.bench.micro.Micro;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Unmatched;

/// `plinth bench micro`: hands everything to JMH.
@Command(
    name = "micro",
    description = {
      "Runs the micro-benchmarks by JMH; further arguments are JMH's own.",
      "Example: plinth bench micro EngineBenchmark -prof gc -p engine=bitcask"
    })
final class MicroCommand implements Callable<Integer> {
  @Parameters(arity = "0..*", paramLabel = "JMH", description = "Patterns of benchmark names.")
  private List<String> patterns = new ArrayList<>();

  @Unmatched private List<String> options = new ArrayList<>();

  @Override
  public Integer call() {
    List<String> all = new ArrayList<>(patterns);
    all.addAll(options);
    return Micro.run(all);
  }
}
