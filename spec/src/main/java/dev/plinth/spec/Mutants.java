package dev.plinth.spec;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What the models of mutants say about themselves.
final class Mutants {
  private static final Pattern REJECTED_BY = Pattern.compile("\\\\\\* Rejected by (\\w+)\\.");

  private Mutants() {}

  /// The invariant that has to reject a mutant: the first line of its model names it.
  static String rejectedBy(Path model) {
    try {
      String first = Files.readAllLines(model).getFirst();
      Matcher matcher = REJECTED_BY.matcher(first);
      if (!matcher.matches()) {
        throw new IllegalStateException(model + " does not begin with '\\* Rejected by NAME.'");
      }
      return Objects.requireNonNull(matcher.group(1));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
