package dev.plinth.bench.cell;

import com.fasterxml.jackson.annotation.JsonIgnore;
import dev.plinth.bench.result.Cell;
import dev.plinth.spi.StorageException;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;

/// An engine with options of its own, so that several settings of one engine can stand side by
/// side. Written `ENGINE` or `ENGINE@VARIANT`.
///
/// @param engine the engine's name
/// @param variant what tells it from other settings of the same engine; empty for the only one
/// @param options the options that were given, by name
public record Contestant(String engine, String variant, SortedMap<String, String> options) {
  private static final Pattern VARIANT = Pattern.compile("[a-z0-9-]{1,32}");

  /// Reads a label; the options are still empty.
  ///
  /// @throws StorageException.InvalidConfiguration when the variant has another form
  public static Contestant of(String label) {
    int mark = label.indexOf(Cell.VARIANT_MARK);
    if (mark < 0) {
      return new Contestant(label, "", new TreeMap<>());
    }
    String variant = label.substring(mark + 1);
    if (!VARIANT.matcher(variant).matches()) {
      throw new StorageException.InvalidConfiguration(
          "'"
              + label
              + "': behind @ stands a name of your choice for these options, in lower case, digits"
              + " and hyphens");
    }
    return new Contestant(label.substring(0, mark), variant, new TreeMap<>());
  }

  /// How people name it.
  @JsonIgnore
  public String label() {
    return Cell.contestant(engine, variant);
  }

  /// The same with options.
  public Contestant with(SortedMap<String, String> others) {
    return new Contestant(engine, variant, others);
  }
}
