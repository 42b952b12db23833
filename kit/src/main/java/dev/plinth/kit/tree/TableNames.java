package dev.plinth.kit.tree;

import java.util.Locale;

/// The names of the files of tables.
public final class TableNames {
  private static final String TABLE = ".table";

  private TableNames() {}

  /// The file of a table.
  public static String table(long number) {
    return String.format(Locale.ROOT, "%012d%s", number, TABLE);
  }

  /// The number of a table's file; -1 for any other name.
  public static long tableNumber(String name) {
    String digits = name.endsWith(TABLE) ? name.substring(0, name.length() - TABLE.length()) : "";
    return digits.length() == 12 && digits.chars().allMatch(c -> c >= '0' && c <= '9')
        ? Long.parseLong(digits)
        : -1;
  }
}
