package dev.plinth.engine.btree;

import java.util.ArrayList;
import java.util.List;

/// The trees that are shown at present. Guarded by the tree's lock.
final class Pins {
  private final List<Pin> pins = new ArrayList<>();

  private int holds;

  /// Keeps everything that is not free now until [#unhold].
  void hold() {
    holds++;
  }

  void unhold() {
    holds--;
  }

  void add(Pin pin) {
    pins.add(pin);
  }

  /// Forgets a pin; nothing when it was given up.
  void remove(Pin pin) {
    pins.remove(pin);
  }

  /// The oldest generation that is shown; the largest number when there is none.
  long oldest() {
    return holds > 0 ? 0 : oldestPin();
  }

  private long oldestPin() {
    long oldest = Long.MAX_VALUE;
    for (Pin pin : pins) {
      oldest = Math.min(oldest, pin.generation());
    }
    return oldest;
  }

  /// Gives up those that show the oldest generation.
  ///
  /// @return whether there were any
  boolean expireOldest() {
    long oldest = oldestPin();
    List<Pin> old = pins.stream().filter(pin -> pin.generation() == oldest).toList();
    old.forEach(Pin::expire);
    pins.removeAll(old);
    return !old.isEmpty();
  }

  int count() {
    return pins.size();
  }
}
