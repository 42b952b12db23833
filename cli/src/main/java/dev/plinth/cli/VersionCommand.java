package dev.plinth.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/// `plinth version`: what was built from which commit, and the Java that runs it.
@Command(name = "version", description = "Prints version, commit and the JDK in use.")
final class VersionCommand implements Callable<Integer>, IVersionProvider {
  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    spec.commandLine().getOut().println(String.join(System.lineSeparator(), getVersion()));
    return 0;
  }

  @Override
  public String[] getVersion() {
    BuildFacts facts = BuildFacts.ofThisJar();
    return new String[] {
      "plinth " + facts.version(),
      "commit " + facts.commit(),
      "java " + Runtime.version() + " (" + System.getProperty("java.home") + ")"
    };
  }
}
