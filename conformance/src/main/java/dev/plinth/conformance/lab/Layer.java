package dev.plinth.conformance.lab;

import dev.plinth.spi.Names;
import dev.plinth.spi.StorageException;
import java.util.Arrays;
import java.util.Locale;

/// The kinds of trial.
public enum Layer {
  /// Long seeded histories beside the model, with reopenings and crashes.
  HISTORY,
  /// Every step of short scripts crashed in every way, some twice.
  CRASH,
  /// Every call of a script refused in every way, once and from then on.
  FAULT,
  /// Every byte of a small store damaged.
  DAMAGE,
  /// Every short sequence of a few operations on two keys, crashed at every step of its end.
  SEQUENCE,
  /// A real process on the real disk, killed while it writes.
  KILL,
  /// Several threads at a time: what they saw must have an order.
  CONCURRENT;

  /// The name in commands and files.
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /// The layer of a label.
  ///
  /// @throws StorageException.InvalidConfiguration for an unknown one
  public static Layer of(String label) {
    for (Layer layer : values()) {
      if (layer.label().equals(label)) {
        return layer;
      }
    }
    throw new StorageException.InvalidConfiguration(
        Names.unknown("layer", label, Arrays.stream(values()).map(Layer::label).toList()));
  }
}
