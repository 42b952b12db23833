package dev.plinth.conformance.model;

import dev.plinth.spi.StateDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// Says which states an engine may show after a crash: those after a prefix of the commits that is
/// at least as long as the last acknowledgement (clauses D1 to D4).
///
/// A commit whose write failed with an unknown outcome is *uncertain*: it may be part of the order
/// or not. Threads: every method may be called by any thread.
public final class Oracle {
  /// With more uncertain commits than that, [#isFull()] asks for no more writes.
  private static final int UNCERTAIN_MAX = 6;

  private static final int FOLD_COMMITS = 400;

  private final List<Entry> entries = new ArrayList<>();
  private ModelState base = new ModelState();
  private ModelState current = new ModelState();
  private List<Fingerprint> prefixes = new ArrayList<>();
  private int synced;
  private int written;
  private int uncertain;

  /// Starts from nothing.
  public Oracle() {
    prefixes.add(Fingerprint.of(base));
  }

  /// A commit and what became of it.
  private static final class Entry {
    private final Commit commit;
    private long sequence = -1;
    private boolean uncertain;

    Entry(Commit commit) {
      this.commit = commit;
    }
  }

  /// What identifies a state: digest and applied indexes.
  public record Fingerprint(StateDigest digest, Map<Long, Long> applied) {
    static Fingerprint of(ModelState state) {
      return new Fingerprint(state.digest(), state.applied());
    }
  }

  /// How far the acknowledgements had come at some moment.
  ///
  /// @param synced how many commits survive a power failure
  /// @param written how many survive the end of the process
  /// @param submitted how many were begun
  public record Mark(int synced, int written, int submitted) {}

  /// A state that was recognised: the first `length` commits without the excluded ones.
  public record Match(int length, List<Integer> excluded) {}

  /// Begins a commit: from now on a crash may keep it.
  public synchronized void submit(Commit commit) {
    entries.add(new Entry(commit));
    current.apply(commit);
    prefixes.add(Fingerprint.of(current));
  }

  /// The last commit was acknowledged.
  ///
  /// @param sequence the number that the engine gave it
  public synchronized void acknowledge(long sequence) {
    entries.getLast().sequence = sequence;
  }

  /// Everything submitted survives the end of the process.
  public synchronized void allWritten() {
    written = entries.size();
  }

  /// Everything submitted survives a power failure.
  public synchronized void allSynced() {
    synced = entries.size();
    written = entries.size();
    if (synced > FOLD_COMMITS && uncertain == 0) {
      fold();
    }
  }

  /// The engine says that everything up to a sequence number survives a power failure.
  public synchronized void claimSynced(long sequence) {
    int count = synced;
    while (count < entries.size()
        && (entries.get(count).uncertain || entries.get(count).sequence <= sequence)
        && (entries.get(count).uncertain || entries.get(count).sequence >= 0)) {
      count++;
    }
    synced = Math.max(synced, count);
    written = Math.max(written, synced);
  }

  /// The last commit was refused before anything happened: it never was.
  public synchronized void withdraw() {
    entries.removeLast();
    prefixes.removeLast();
    current = stateAt(entries.size(), List.of());
    synced = Math.min(synced, entries.size());
    written = Math.min(written, entries.size());
  }

  /// The last commit failed: it may have happened or not.
  public synchronized void doubt() {
    entries.getLast().uncertain = true;
    uncertain++;
  }

  /// Whether there are so many uncertain commits that no more should be made.
  public synchronized boolean isFull() {
    return uncertain >= UNCERTAIN_MAX;
  }

  /// Whether no commit is uncertain.
  public synchronized boolean isCertain() {
    return uncertain == 0;
  }

  /// How far things are now.
  public synchronized Mark mark() {
    return new Mark(synced, written, entries.size());
  }

  /// The state after all commits, the uncertain ones included. A copy.
  public synchronized ModelState current() {
    return current.copy();
  }

  /// The value a key has after all commits, or null.
  public synchronized @Nullable Payload value(Key key) {
    return current.entries().get(key);
  }

  /// Every state that a reader may see now: one, or more when there are uncertain commits.
  public synchronized List<ModelState> visible() {
    List<ModelState> states = new ArrayList<>();
    for (List<Integer> excluded : exclusions(entries.size())) {
      states.add(stateAt(entries.size(), excluded));
    }
    return states;
  }

  /// Recognises a state among the allowed ones, the longest first.
  ///
  /// @param least how many commits it must hold
  /// @param most how many it may hold
  /// @return null when it is none of them
  public synchronized @Nullable Match match(Fingerprint found, int least, int most) {
    if (uncertain == 0) {
      for (int length = most; length >= least; length--) {
        if (prefixes.get(length).equals(found)) {
          return new Match(length, List.of());
        }
      }
      return null;
    }
    for (List<Integer> excluded : exclusions(most)) {
      for (int length = most; length >= least; length--) {
        if (Fingerprint.of(stateAt(length, excluded)).equals(found)) {
          return new Match(length, excluded);
        }
      }
    }
    return null;
  }

  /// Why a state is not allowed, for people: the prefix that it equals, if any.
  public synchronized String explain(Fingerprint found, int least, int most) {
    for (int length = 0; length < prefixes.size(); length++) {
      if (prefixes.get(length).equals(found)) {
        return "the state after " + length + " commits, but " + least + " to " + most + " expected";
      }
    }
    for (int length = 0; length < prefixes.size(); length++) {
      if (prefixes.get(length).digest().equals(found.digest())) {
        return "the entries after "
            + length
            + " commits, but the applied indexes are "
            + found.applied()
            + " instead of "
            + prefixes.get(length).applied();
      }
    }
    return "no state after any of " + entries.size() + " commits";
  }

  /// Goes on from a recognised state: what it does not hold never was.
  ///
  /// @param sequence what the engine gives as its newest sequence number; commits that changed
  ///   nothing may be behind it
  public synchronized void rebase(Match match, long sequence) {
    TreeSet<Integer> excluded = new TreeSet<>(match.excluded());
    List<Entry> kept = new ArrayList<>();
    int newSynced = 0;
    for (int i = 0; i < match.length(); i++) {
      if (!excluded.contains(i)) {
        entries.get(i).uncertain = false;
        long number = entries.get(i).sequence;
        entries.get(i).sequence = number < 0 ? sequence : Math.min(number, sequence);
        kept.add(entries.get(i));
        newSynced += i < synced ? 1 : 0;
      }
    }
    entries.clear();
    entries.addAll(kept);
    synced = newSynced;
    written = newSynced;
    uncertain = 0;
    recompute();
  }

  private void recompute() {
    current = base.copy();
    prefixes = new ArrayList<>();
    prefixes.add(Fingerprint.of(current));
    for (Entry entry : entries) {
      current.apply(entry.commit);
      prefixes.add(Fingerprint.of(current));
    }
  }

  /// Forgets the order of what is durable. The last commit stays, for its sequence number.
  private void fold() {
    for (int i = 0; i < synced - 1; i++) {
      base.apply(entries.removeFirst().commit);
    }
    prefixes = new ArrayList<>(prefixes.subList(synced - 1, prefixes.size()));
    synced = entries.size();
    written = entries.size();
  }

  private ModelState stateAt(int length, List<Integer> excluded) {
    ModelState state = base.copy();
    for (int i = 0; i < length; i++) {
      if (!excluded.contains(i)) {
        state.apply(entries.get(i).commit);
      }
    }
    return state;
  }

  private List<List<Integer>> exclusions(int length) {
    List<Integer> open = new ArrayList<>();
    for (int i = 0; i < length; i++) {
      if (entries.get(i).uncertain) {
        open.add(i);
      }
    }
    List<List<Integer>> all = new ArrayList<>();
    for (int mask = 0; mask < 1 << open.size(); mask++) {
      List<Integer> excluded = new ArrayList<>();
      for (int bit = 0; bit < open.size(); bit++) {
        if ((mask >> bit & 1) != 0) {
          excluded.add(open.get(bit));
        }
      }
      all.add(excluded);
    }
    return all;
  }
}
