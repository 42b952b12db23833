package dev.plinth.cli;

import dev.plinth.bench.micro.Micro;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Unmatched;

/// `plinth bench micro`: hands everything to JMH.
@Command(
    name = "micro",
    description = {
      "Runs the micro-benchmarks by JMH; further arguments are JMH's own.",
      "Example: plinth bench micro EngineBenchmark -prof gc -p engine=bitcask"
    })
final class MicroCommand implements Callable<Integer> {
  /// In the order given, since an option of JMH's is followed by its value.
  @Unmatched private List<String> arguments = new ArrayList<>();

  @Override
  public Integer call() {
    return Micro.run(arguments);
  }
}
