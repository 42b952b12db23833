package dev.plinth.kit.tree;

import dev.plinth.kit.durability.DurabilityListeners;
import java.util.ArrayDeque;
import java.util.Map;

/// How far writes are durable: the sequence number, and with it the applied index of every group.
/// Any thread may use it.
///
/// A mark says that when the log is durable up to a position, everything up to a sequence number
/// is. Marks are set where somebody asks for durability, in the order of commits.
public final class Durables {
  private final DurabilityListeners listeners;
  private final ArrayDeque<Mark> marks = new ArrayDeque<>();
  private Map<Long, Long> applied = Map.of();
  private volatile long sequence;

  private record Mark(long position, long sequence, Map<Long, Long> applied) {}

  /// Nothing is durable yet.
  ///
  /// @param listeners told of what becomes durable
  public Durables(DurabilityListeners listeners) {
    this.listeners = listeners;
  }

  /// Everything up to this sequence number is durable.
  public long sequence() {
    return sequence;
  }

  /// The durable applied index of a group, or -1.
  public synchronized long applied(long group) {
    return applied.getOrDefault(group, -1L);
  }

  /// Sets a mark; called in the order of commits.
  ///
  /// @param position the log has all of it when it is durable up to here
  /// @param indexes as of `upTo`; must not change
  public synchronized void mark(long position, long upTo, Map<Long, Long> indexes) {
    Mark last = marks.peekLast();
    if (last != null && last.position == position) {
      marks.removeLast();
    }
    marks.add(new Mark(position, upTo, indexes));
  }

  /// Says that the log is durable up to a position.
  public void logDurable(long position) {
    Mark reached = null;
    synchronized (this) {
      while (!marks.isEmpty() && marks.getFirst().position <= position) {
        reached = marks.removeFirst();
      }
      if (reached != null) {
        raise(reached.sequence, reached.applied);
      }
    }
    if (reached != null) {
      listeners.durable(reached.sequence);
    }
  }

  /// Says that everything up to a sequence number is durable.
  public void durable(long upTo, Map<Long, Long> indexes) {
    synchronized (this) {
      raise(upTo, indexes);
    }
    listeners.durable(upTo);
  }

  private void raise(long upTo, Map<Long, Long> indexes) {
    if (upTo >= sequence) {
      applied = indexes;
      sequence = upTo;
    }
  }
}
