package dev.plinth.cli;

import java.util.Set;

/// The names of a command's options, for tests of what documents tell people to type.
public final class OptionNames {
  private OptionNames() {}

  /// Those of a command of `plinth`.
  public static Set<String> of(String command) {
    return Main.commandLine().getSubcommands().get(command).getCommandSpec().optionsMap().keySet();
  }
}
