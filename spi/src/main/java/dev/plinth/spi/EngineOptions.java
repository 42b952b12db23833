package dev.plinth.spi;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/// The options of one engine, complete and checked: every known key has a value of its form. The
/// module of an engine turns them into a record of its own.
public final class EngineOptions {
  private static final List<OptionSpec> COMMON =
      List.of(
          OptionSpec.toggle(
              "wal", true, "write-ahead log; off when a Raft log replays what a crash loses"),
          OptionSpec.toggle(
              "checked",
              false,
              "hand out copies that become invalid in time, and remember who holds leases;"
                  + " on in tests, since it is slow"));

  private final SortedMap<String, String> texts;
  private final Map<String, Object> values;

  private EngineOptions(SortedMap<String, String> texts, Map<String, Object> values) {
    this.texts = Collections.unmodifiableSortedMap(texts);
    this.values = values;
  }

  /// The options that every engine takes.
  public static List<OptionSpec> common() {
    return COMMON;
  }

  /// Checks the given options against the known ones and fills in defaults.
  ///
  /// @param specs an engine's own options
  /// @param given option texts by name; without `engine`
  /// @throws StorageException.InvalidConfiguration for an unknown name, listing the known ones and
  ///   the nearest, or a value that has not the form of its option
  public static EngineOptions of(List<OptionSpec> specs, Map<String, String> given) {
    List<OptionSpec> all = new ArrayList<>(COMMON);
    all.addAll(specs);
    List<String> names = all.stream().map(OptionSpec::name).toList();
    for (String name : given.keySet()) {
      if (!names.contains(name)) {
        throw new StorageException.InvalidConfiguration(Names.unknown("option", name, names));
      }
    }
    SortedMap<String, String> texts = new TreeMap<>();
    Map<String, Object> values = new TreeMap<>();
    for (OptionSpec spec : all) {
      String text = given.getOrDefault(spec.name(), spec.fallback()).strip();
      texts.put(spec.name(), text);
      values.put(spec.name(), spec.form().parse(spec.name(), text));
    }
    return new EngineOptions(texts, values);
  }

  /// Whether there is a write-ahead log.
  public boolean wal() {
    return toggle("wal");
  }

  /// Whether checked mode is on.
  public boolean checked() {
    return toggle("checked");
  }

  /// A size in bytes.
  public long bytes(String name) {
    return (Long) value(name);
  }

  /// A whole number.
  public long whole(String name) {
    return (Long) value(name);
  }

  /// A duration in nanoseconds.
  public long nanos(String name) {
    return (Long) value(name);
  }

  /// A decimal number.
  public double decimal(String name) {
    return (Double) value(name);
  }

  /// A switch.
  public boolean toggle(String name) {
    return (Boolean) value(name);
  }

  /// One of several words.
  public String choice(String name) {
    return (String) value(name);
  }

  /// Every option as text, defaults filled in, sorted by name.
  public SortedMap<String, String> texts() {
    return texts;
  }

  private Object value(String name) {
    Object value = values.get(name);
    if (value == null) {
      throw new IllegalArgumentException("no option is named " + name);
    }
    return value;
  }
}
