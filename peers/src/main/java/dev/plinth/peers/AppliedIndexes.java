package dev.plinth.peers;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// The applied index of each Raft group, as it is visible and as it is durable. Thread-safe.
public final class AppliedIndexes {
  private final Map<Long, Long> visible = new ConcurrentHashMap<>();
  private final Map<Long, Long> durable = new ConcurrentHashMap<>();

  /// What was found on disk at open.
  public void found(long group, long index) {
    visible.put(group, index);
    durable.put(group, index);
  }

  /// A batch became visible.
  public void applied(long group, long index) {
    visible.put(group, index);
  }

  /// The visible index of a group, -1 when there is none.
  public long visible(long group) {
    return visible.getOrDefault(group, -1L);
  }

  /// The durable index of a group, -1 when there is none.
  public long durable(long group) {
    return durable.getOrDefault(group, -1L);
  }

  /// What is visible now: taken before a sync begins, given to [#synced] when it is done.
  Map<Long, Long> mark() {
    return visible.isEmpty() ? Map.of() : Map.copyOf(visible);
  }

  /// What was visible at the mark is durable.
  void synced(Map<Long, Long> mark) {
    mark.forEach((group, index) -> durable.merge(group, index, Math::max));
  }
}
