package dev.plinth.spi;

import java.util.List;

/// One option of an engine: its name, the form of its values, its default, and when to change it.
///
/// @param name lower case words joined by dots, the unit last (`file.bytes.max`)
/// @param form the form of its values
/// @param fallback the value when it is not given, in the form that a user would write
/// @param description what it does and when to change it
public record OptionSpec(String name, Form form, String fallback, String description) {

  public OptionSpec {
    form.parse(name, fallback);
  }

  /// A size in bytes: `4096`, `64KiB`, `64MiB`, `2GiB`.
  public static OptionSpec bytes(
      String name, String fallback, long min, long max, String description) {
    return new OptionSpec(name, new Form.Bytes(min, max), fallback, description);
  }

  /// A whole number.
  public static OptionSpec whole(
      String name, long fallback, long min, long max, String description) {
    return new OptionSpec(name, new Form.Whole(min, max), Long.toString(fallback), description);
  }

  /// A decimal number.
  public static OptionSpec decimal(
      String name, double fallback, double min, double max, String description) {
    return new OptionSpec(name, new Form.Decimal(min, max), Double.toString(fallback), description);
  }

  /// `on` or `off`.
  public static OptionSpec toggle(String name, boolean fallback, String description) {
    return new OptionSpec(name, new Form.Toggle(), fallback ? "on" : "off", description);
  }

  /// One of several words.
  public static OptionSpec choice(
      String name, String fallback, List<String> words, String description) {
    return new OptionSpec(name, new Form.Choice(words), fallback, description);
  }

  /// A duration: `500us`, `10ms`, `5s`, `2m`.
  public static OptionSpec duration(String name, String fallback, String description) {
    return new OptionSpec(name, new Form.Duration(), fallback, description);
  }

  /// The form of an option's values.
  public sealed interface Form {
    /// Reads a value.
    ///
    /// @throws StorageException.InvalidConfiguration when it has not this form or is out of range
    Object parse(String name, String text);

    /// A size in bytes.
    record Bytes(long min, long max) implements Form {
      @Override
      public Object parse(String name, String text) {
        return within(name, text, Quantities.bytes(name, text), min, max);
      }
    }

    /// A whole number.
    record Whole(long min, long max) implements Form {
      @Override
      public Object parse(String name, String text) {
        return within(name, text, Quantities.whole(name, text), min, max);
      }
    }

    /// A decimal number.
    record Decimal(double min, double max) implements Form {
      @Override
      public Object parse(String name, String text) {
        double value = Quantities.decimal(name, text);
        if (!(value >= min && value <= max)) {
          throw outOfRange(name, text, min, max);
        }
        return value;
      }
    }

    /// `on` or `off`.
    record Toggle() implements Form {
      @Override
      public Object parse(String name, String text) {
        return switch (text) {
          case "on", "true" -> true;
          case "off", "false" -> false;
          default ->
              throw new StorageException.InvalidConfiguration(
                  name + " = " + text + ": on or off is expected");
        };
      }
    }

    /// One of several words.
    record Choice(List<String> words) implements Form {
      public Choice {
        words = List.copyOf(words);
      }

      @Override
      public Object parse(String name, String text) {
        if (!words.contains(text)) {
          throw new StorageException.InvalidConfiguration(
              name + " = " + text + ": " + Names.unknown("value", text, words));
        }
        return text;
      }
    }

    /// A duration in nanoseconds.
    record Duration() implements Form {
      @Override
      public Object parse(String name, String text) {
        return Quantities.nanos(name, text);
      }
    }

    private static Object within(String name, String text, long value, long min, long max) {
      if (value < min || value > max) {
        throw outOfRange(name, text, min, max);
      }
      return value;
    }

    private static StorageException outOfRange(String name, String text, Object min, Object max) {
      return new StorageException.InvalidConfiguration(
          name + " = " + text + ": a value from " + min + " to " + max + " is expected");
    }
  }
}
