package dev.plinth.conformance.seeded;

import java.util.Locale;

/// The table of seeded bugs for `docs/reliability.md`.
public final class SeededMatrix {
  private SeededMatrix() {}

  /// The table: each bug with the net that has to catch it.
  public static String markdown() {
    StringBuilder text = new StringBuilder();
    text.append("| bug | class | what is wrong | has to be caught by | every build |\n");
    text.append("|---|---|---|---|---|\n");
    for (SeededBug bug : SeededBug.values()) {
      String name = bug.name().toLowerCase(Locale.ROOT).replace('_', ' ');
      text.append("| ").append(name);
      text.append(" | ").append(bug.family());
      text.append(" | ").append(bug.what());
      text.append(" | ").append(bug.net());
      text.append(" | ").append(SeededBug.sample().contains(bug) ? "yes" : "").append(" |\n");
    }
    return text.toString();
  }
}
