package dev.plinth.conformance.model;

import dev.plinth.spi.Cursor;
import dev.plinth.spi.Engine;
import dev.plinth.spi.KeyRange;
import dev.plinth.spi.Snapshot;
import dev.plinth.spi.StorageException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Snapshots and cursors that a history keeps open, each with the state it must go on showing
/// (clause D10).
final class FrozenSlots {
  private final Map<Integer, Slot> slots = new HashMap<>();

  private record Slot(AutoCloseable open, ModelState state) {}

  void freeze(int slot, boolean cursor, Engine engine, ModelState state) {
    thaw(slot);
    AutoCloseable open = cursor ? engine.cursor(KeyRange.all()) : engine.snapshot();
    slots.put(slot, new Slot(open, state));
  }

  void read(int number, List<Key> keys) {
    Slot slot = slots.get(number);
    if (slot == null) {
      return;
    }
    try {
      if (slot.open() instanceof Cursor cursor) {
        ReadChecks.walk(cursor, KeyRange.all(), true, slot.state());
        ReadChecks.walk(cursor, KeyRange.all(), false, slot.state());
      } else if (slot.open() instanceof Snapshot snapshot) {
        if (!Observation.entries(snapshot, keys).equals(slot.state().digest())) {
          throw new Violation("D10", "the snapshot in slot " + number + " changed");
        }
      }
    } catch (StorageException.SnapshotExpired e) {
      thaw(number);
    }
  }

  void thaw(int number) {
    Slot slot = slots.remove(number);
    if (slot != null) {
      close(slot.open());
    }
  }

  void thawAll() {
    List.copyOf(slots.keySet()).forEach(this::thaw);
  }

  private static void close(AutoCloseable open) {
    switch (open) {
      case Cursor cursor -> cursor.close();
      case Snapshot snapshot -> snapshot.close();
      default -> throw new AssertionError(open);
    }
  }
}
