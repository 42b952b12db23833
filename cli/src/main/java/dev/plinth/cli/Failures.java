package dev.plinth.cli;

import dev.plinth.bench.run.FileTrouble;
import dev.plinth.kv.KvException;
import dev.plinth.spi.Names;
import dev.plinth.spi.StorageException;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/// Turns failures into one line that says what is wrong and what to do, and an exit code.
final class Failures {
  private static final int FAILED = 1;
  private static final int WRONG_USAGE = 2;

  private Failures() {}

  /// Options or arguments that no command takes.
  static int usage(ParameterException failure, String[] arguments) {
    CommandLine command = failure.getCommandLine();
    PrintWriter err = command.getErr();
    err.println("plinth: " + usageMessage(failure, command));
    err.println("Try '" + command.getCommandSpec().qualifiedName() + " --help'.");
    return WRONG_USAGE;
  }

  private static String usageMessage(ParameterException failure, CommandLine command) {
    if (failure instanceof UnmatchedArgumentException unmatched
        && !unmatched.getUnmatched().isEmpty()) {
      String word = unmatched.getUnmatched().getFirst();
      boolean option = word.startsWith("-");
      return option
          ? Names.unknown("option", word, command.getCommandSpec().optionsMap().keySet())
          : Names.unknown("command or argument", word, command.getSubcommands().keySet());
    }
    return line(String.valueOf(failure.getMessage()));
  }

  /// What went wrong while a command ran.
  ///
  /// @param debug whether to show the stack trace
  static int execution(Exception failure, CommandLine command, boolean debug) {
    PrintWriter err = command.getErr();
    err.println("plinth: " + message(failure));
    if (debug) {
      failure.printStackTrace(err);
    }
    err.flush();
    boolean wrongUsage =
        failure instanceof StorageException.InvalidConfiguration
            || (failure instanceof KvException refusal
                && refusal.kind() == KvException.Kind.INVALID);
    return wrongUsage ? WRONG_USAGE : FAILED;
  }

  private static String message(Exception failure) {
    return switch (failure) {
      case StorageException storage -> line(String.valueOf(storage.getMessage()));
      case KvException refusal -> line(String.valueOf(refusal.getMessage()));
      case UncheckedIOException io -> fileMessage(io);
      case IllegalArgumentException argument -> line(String.valueOf(argument.getMessage()));
      default ->
          line(
              failure.getClass().getSimpleName()
                  + ": "
                  + failure.getMessage()
                  + " (--debug shows where)");
    };
  }

  private static String fileMessage(UncheckedIOException failure) {
    IOException cause = failure.getCause();
    String own = String.valueOf(failure.getMessage());
    return cause != null && own.equals(cause.toString())
        ? line(
            FileTrouble.words(cause) + "; check the name, the room on the disk, and who may use it")
        : line(own);
  }

  private static String line(String text) {
    return text.strip().replaceAll("\\s*\\R\\s*", " ");
  }
}
