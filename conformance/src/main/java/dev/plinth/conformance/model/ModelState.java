package dev.plinth.conformance.model;

import dev.plinth.spi.KeyRange;
import dev.plinth.spi.StateDigest;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/// What a right engine holds after some commits: a sorted map, applied indexes and the digest. Not
/// thread-safe.
public final class ModelState {
  private final TreeMap<Key, Payload> entries;
  private final Map<Long, Long> applied;
  private final StateDigest.Sum sum = new StateDigest.Sum();

  /// Nothing.
  public ModelState() {
    this.entries = new TreeMap<>();
    this.applied = new HashMap<>();
  }

  private ModelState(ModelState other) {
    this.entries = new TreeMap<>(other.entries);
    this.applied = new HashMap<>(other.applied);
    this.sum.add(other.digest());
  }

  /// An independent copy.
  public ModelState copy() {
    return new ModelState(this);
  }

  /// The entries, sorted; do not change them.
  public NavigableMap<Key, Payload> entries() {
    return entries;
  }

  /// The digest of the entries.
  public StateDigest digest() {
    return sum.digest();
  }

  /// The applied index of every group that has one.
  public Map<Long, Long> applied() {
    return Map.copyOf(applied);
  }

  /// Applies a commit.
  public void apply(Commit commit) {
    for (Mutation mutation : commit.mutations()) {
      switch (mutation) {
        case Mutation.Put(Key key, Payload value) -> put(key, value);
        case Mutation.Delete(Key key) -> remove(key);
        case Mutation.DeleteRange(KeyRange range) -> removeRange(range);
      }
    }
    if (commit.group() >= 0) {
      applied.put(commit.group(), commit.index());
    }
  }

  private void put(Key key, Payload value) {
    remove(key);
    entries.put(key, value);
    byte[] bytes = value.bytes();
    sum.add(
        MemorySegment.ofArray(key.bytes()),
        0,
        key.length(),
        MemorySegment.ofArray(bytes),
        0,
        bytes.length);
  }

  private void remove(Key key) {
    Payload old = entries.remove(key);
    if (old != null) {
      forget(key, old);
    }
  }

  private void removeRange(KeyRange range) {
    for (Iterator<Map.Entry<Key, Payload>> i = entries.entrySet().iterator(); i.hasNext(); ) {
      Map.Entry<Key, Payload> entry = i.next();
      if (entry.getKey().isIn(range)) {
        forget(entry.getKey(), entry.getValue());
        i.remove();
      }
    }
  }

  private void forget(Key key, Payload value) {
    byte[] bytes = value.bytes();
    sum.remove(
        MemorySegment.ofArray(key.bytes()),
        0,
        key.length(),
        MemorySegment.ofArray(bytes),
        0,
        bytes.length);
  }
}
