package dev.plinth.bench.cell;

import dev.plinth.bench.workload.Dice;
import dev.plinth.bench.workload.KeyChooser;
import dev.plinth.bench.workload.Keys;
import dev.plinth.bench.workload.Mix;
import dev.plinth.bench.workload.Mix.Action;
import dev.plinth.bench.workload.Permutation;
import dev.plinth.bench.workload.Zipf;
import dev.plinth.spi.WorkloadShape.KeyOrder;
import java.lang.foreign.MemorySegment;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// The operations of one thread of a mixed workload, one after the other, decided by the spec
/// alone: the worker carries them out, [ExpectedState] foretells what they leave.
///
/// Reads prefer the same keys on all threads. Updates go to the nearest key of the thread's own,
/// every `threads`-th, so that the outcome does not depend on who comes first; where an inserted
/// key is preferred, to the loaded one before it. Inserts get keys that lie between loaded ones, in
/// a shuffled order (ascending where keys are) dealt out to the threads.
final class MixScript {
  private static final long SCATTER = 0x7363617474L;

  private final CellSpec spec;
  private final Mix mix;
  private final int thread;
  private final long firstVersion;
  private final Dice dice;
  private final @Nullable Zipf zipf;
  private final KeyOrder order;
  private final Permutation loaded;
  private final Permutation scatter;
  private long inserts;
  private long ascending;
  private long versions;
  private Action action = Action.READ;
  private boolean inserted;
  private long index;
  private long version;
  private int entries;

  /// @param zipf ranks for as many keys as are loaded; for orders that prefer some
  /// @param stream which of the seed's streams
  /// @param firstVersion versions of values begin behind it
  MixScript(
      CellSpec spec, Mix mix, @Nullable Zipf zipf, int thread, long stream, long firstVersion) {
    this.spec = spec;
    this.mix = mix;
    this.thread = thread;
    this.firstVersion = firstVersion;
    this.dice = new Dice(spec.seed(), stream);
    this.zipf = zipf;
    this.order = spec.order();
    this.ascending = KeyChooser.Range.share(spec.keys(), thread, spec.threads()).from();
    this.loaded = new Permutation(spec.keys(), spec.seed());
    this.scatter = new Permutation(spec.keys(), spec.seed() ^ SCATTER);
  }

  /// Goes to the next operation.
  void next() {
    action = mix.next(dice);
    inserted = false;
    switch (action) {
      case READ -> choose();
      case SCAN -> {
        choose();
        entries = 1 + (int) dice.below(mix.scanEntriesMax());
      }
      case UPDATE, MODIFY -> {
        choose();
        inserted = false;
        index = own(index);
        version = firstVersion + ++versions;
      }
      case INSERT -> {
        index = insertIndex(inserts++);
        inserted = true;
        version = firstVersion + 1;
      }
    }
  }

  /// What to do.
  Action action() {
    return action;
  }

  /// Whether the key is an inserted one.
  boolean isInserted() {
    return inserted;
  }

  /// The key's index; for an inserted key that of the loaded one before it.
  long index() {
    return index;
  }

  /// The version of the value to write.
  long version() {
    return version;
  }

  /// How many entries to read.
  int entries() {
    return entries;
  }

  /// Writes the key to memory.
  void key(MemorySegment target) {
    if (inserted) {
      Keys.missing(target, 0, index);
    } else {
      Keys.present(target, 0, index);
    }
  }

  private void choose() {
    if (order == KeyOrder.UNIFORM) {
      index = dice.below(spec.keys());
      return;
    }
    if (order == KeyOrder.SEQUENTIAL) {
      index = ascending++ % spec.keys();
      return;
    }
    long rank = Objects.requireNonNull(zipf).rank(dice);
    if (order == KeyOrder.ZIPF) {
      index = loaded.at(rank);
    } else if (rank < inserts) {
      inserted = true;
      index = insertIndex(inserts - 1 - rank);
    } else {
      index = loaded.at(spec.keys() - 1 - (rank - inserts));
    }
  }

  /// The key of the thread's own that is next to one.
  private long own(long chosen) {
    int threads = spec.threads();
    long near = chosen - chosen % threads + thread;
    return near < spec.keys() ? near : near - threads;
  }

  private long insertIndex(long number) {
    long position = number * spec.threads() + thread;
    return order == KeyOrder.SEQUENTIAL ? position : scatter.at(position);
  }
}
