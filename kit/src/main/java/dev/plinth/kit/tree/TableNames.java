package dev.plinth.kit.tree;

import java.util.Locale;

/// The names of the files of tables, and of others that are numbered with them.
public final class TableNames {
  private static final String TABLE = ".table";
  private static final int DIGITS = 12;

  private TableNames() {}

  /// The file of a table.
  public static String table(long number) {
    return file(number, TABLE);
  }

  /// The number of a table's file; -1 for any other name.
  public static long tableNumber(String name) {
    return number(name, TABLE);
  }

  /// The file with a number.
  ///
  /// @param ending what its kind ends with, the dot included
  public static String file(long number, String ending) {
    return String.format(Locale.ROOT, "%0" + DIGITS + "d%s", number, ending);
  }

  /// The number of a file of a kind; -1 for any other name.
  public static long number(String name, String ending) {
    String digits = name.endsWith(ending) ? name.substring(0, name.length() - ending.length()) : "";
    return digits.length() == DIGITS && digits.chars().allMatch(c -> c >= '0' && c <= '9')
        ? Long.parseLong(digits)
        : -1;
  }
}
