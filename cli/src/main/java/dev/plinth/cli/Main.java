package dev.plinth.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.ScopeType;

/// The command line: `plinth COMMAND`. Exit code 0 is success, 1 a failure, 2 wrong usage.
@Command(
    name = "plinth",
    description = "Storage engines that Raft libraries stand on, compared and proven.",
    mixinStandardHelpOptions = true,
    scope = ScopeType.INHERIT,
    versionProvider = VersionCommand.class,
    subcommands = {VersionCommand.class, HelpCommand.class})
public final class Main {
  private Main() {}

  /// Runs one command and ends the process with its exit code.
  public static void main(String[] args) {
    System.exit(commandLine().execute(args));
  }

  /// The commands, for running and for tests.
  static CommandLine commandLine() {
    return new CommandLine(new Main());
  }
}
