package dev.plinth.cli;

import dev.plinth.cli.kv.KvCommand;
import java.util.ServiceConfigurationError;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/// The command line: `plinth COMMAND`. Exit code 0 is success, 1 a failure, 2 wrong usage.
@Command(
    name = "plinth",
    description = "Storage engines that Raft libraries stand on, compared and proven.",
    mixinStandardHelpOptions = true,
    scope = ScopeType.INHERIT,
    versionProvider = VersionCommand.class,
    exitCodeListHeading = "Exit codes:%n",
    exitCodeList = {"0:success", "1:failure", "2:wrong usage"},
    subcommands = {
      BenchCommand.class,
      AdviseCommand.class,
      RaftBenchCommand.class,
      LabCommand.class,
      SoakCommand.class,
      EnginesCommand.class,
      VerifyCommand.class,
      StatsCommand.class,
      DigestCommand.class,
      DumpCommand.class,
      KvCommand.class,
      VersionCommand.class,
      HelpCommand.class
    })
public final class Main {
  /// Whether failures show their stack trace.
  @Option(
      names = "--debug",
      scope = ScopeType.INHERIT,
      description = "Show the stack trace of a failure.")
  private boolean debug;

  private Main() {}

  /// Runs one command and ends the process with its exit code.
  public static void main(String[] args) {
    int exit;
    try {
      exit = commandLine().execute(args);
    } catch (ServiceConfigurationError e) {
      System.err.println(
          "plinth: an engine on the class path cannot be loaded: "
              + e.getMessage()
              + "; build again, or take its jar away");
      exit = 1;
    }
    System.exit(exit);
  }

  /// The commands, for running and for tests.
  static CommandLine commandLine() {
    Main main = new Main();
    return new CommandLine(main)
        .setParameterExceptionHandler(Failures::usage)
        .setExecutionExceptionHandler(
            (failure, command, _) -> Failures.execution(failure, command, main.debug));
  }
}
