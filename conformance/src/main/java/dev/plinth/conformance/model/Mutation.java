package dev.plinth.conformance.model;

import dev.plinth.spi.KeyRange;

/// One change of a batch.
public sealed interface Mutation {
  /// A key gets a value.
  record Put(Key key, Payload value) implements Mutation {
    @Override
    public String toString() {
      return "put=" + key + "=" + value;
    }
  }

  /// A key goes.
  record Delete(Key key) implements Mutation {
    @Override
    public String toString() {
      return "delete=" + key;
    }
  }

  /// The keys of a range go.
  record DeleteRange(KeyRange range) implements Mutation {
    @Override
    public String toString() {
      return "range=" + Key.rangeText(range);
    }
  }

  /// Reads what `toString` wrote.
  static Mutation parse(String text) {
    String[] parts = text.split("=", -1);
    return switch (parts[0]) {
      case "put" -> new Put(Key.parse(parts[1]), Payload.parse(parts[2]));
      case "delete" -> new Delete(Key.parse(parts[1]));
      case "range" -> new DeleteRange(Key.parseRange(parts[1]));
      default -> throw new IllegalArgumentException("'" + text + "' is no mutation");
    };
  }
}
