package dev.plinth.spi;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/// Finds the known name that a mistyped one most likely meant.
public final class Names {
  private Names() {}

  /// One line that says what is unknown, what it may have meant, and what is known.
  ///
  /// @param kind what the name names, such as `engine`
  public static String unknown(String kind, String name, Collection<String> known) {
    List<String> sorted = known.stream().sorted().toList();
    String hint = nearest(name, sorted).map(n -> " (did you mean " + n + "?)").orElse("");
    String list = sorted.isEmpty() ? "none" : String.join(", ", sorted);
    return "unknown " + kind + " '" + name + "'" + hint + "; known: " + list;
  }

  /// The known name with the least edit distance, when that is at most half of its length.
  public static Optional<String> nearest(String name, Collection<String> known) {
    return known.stream()
        .min(Comparator.comparingInt((String k) -> distance(name, k)).thenComparing(k -> k))
        .filter(k -> distance(name, k) * 2 <= Math.max(k.length(), name.length()));
  }

  /// Levenshtein's edit distance.
  static int distance(String a, String b) {
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int replace = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(replace, 1 + Math.min(row[j], row[j - 1]));
      }
    }
    return row[b.length()];
  }
}
