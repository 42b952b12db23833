package dev.plinth.conformance.linear;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;

/// Says whether a [Scan] shows one state: what some first part of the commit order has left, with
/// any of the writes of unknown outcome in between. A write that had returned before the scan began
/// is part of it, and none that began after the scan had ended.
///
/// It looks from the newest write back, as long as there are keys that none of the writes passed
/// has set; a write of unknown outcome may stand at any place above all writes that had returned
/// before it began.
public final class OneState {
  private final List<Write> known;
  private final List<Write> unknown;
  private final SortedSet<String> keys;

  /// @param writes all of a history
  /// @param keys all that are written
  public OneState(List<Write> writes, SortedSet<String> keys) {
    this.known =
        writes.stream()
            .filter(write -> !write.isUnknown())
            .sorted(Comparator.comparingLong(Write::sequence))
            .toList();
    this.unknown = writes.stream().filter(Write::isUnknown).toList();
    this.keys = keys;
  }

  /// Looks for two writes of one sequence number, or for one with a higher number that had returned
  /// before one with a lower number began.
  public Optional<String> disorder() {
    Write latest = null;
    Write last = null;
    for (Write write : known) {
      if (last != null && last.sequence() == write.sequence()) {
        return Optional.of("one sequence number twice:\n  " + last + "\n  " + write);
      }
      if (latest != null && write.ended() < latest.begun()) {
        return Optional.of("committed in the wrong order:\n  " + latest + "\n  " + write);
      }
      latest = latest == null || write.begun() > latest.begun() ? write : latest;
      last = write;
    }
    return Optional.empty();
  }

  /// Looks for a state that a scan shows.
  ///
  /// @return empty when there is one; else what is wrong
  public Optional<String> violation(Scan scan) {
    long least = 0;
    long most = scan.sequence() == Write.UNKNOWN ? Long.MAX_VALUE : scan.sequence();
    for (Write write : known) {
      if (write.ended() < scan.begun()) {
        least = Math.max(least, write.sequence());
      }
      if (write.begun() > scan.ended()) {
        most = Math.min(most, write.sequence() - 1);
      }
    }
    boolean told = scan.sequence() != Write.UNKNOWN;
    return told && least > most
        ? Optional.of("shows sequence " + most + " where " + least + " had returned: " + scan)
        : violation(scan, told ? most : least, most);
  }

  /// The same for what is found after a crash.
  ///
  /// @param least the sequence number up to which everything must be there
  /// @param most the highest that may be there
  public Optional<String> violation(Scan scan, long least, long most) {
    int count = 0;
    for (int i = 0; i <= known.size(); i++) {
      boolean begins = i == 0 || known.get(i - 1).sequence() <= most;
      boolean complete = i == known.size() || known.get(i).sequence() > least;
      if (begins && complete) {
        count++;
        if (explains(i - 1, new HashSet<>(), keys, scan)) {
          return Optional.empty();
        }
      }
    }
    return Optional.of(report(scan, least, most, count));
  }

  /// @param top the newest of the known writes that may be there
  /// @param used writes of unknown outcome that were placed above
  /// @param open keys that nothing above has set
  private boolean explains(int top, Set<Write> used, Set<String> open, Scan scan) {
    if (open.isEmpty()) {
      return true;
    }
    for (Write write : unknown) {
      if (!used.contains(write) && mayStandAbove(top, write, scan) && fits(write, open, scan)) {
        Set<Write> more = new HashSet<>(used);
        more.add(write);
        if (explains(top, more, without(open, write), scan)) {
          return true;
        }
      }
    }
    if (top < 0) {
      return open.stream().noneMatch(scan.found()::containsKey);
    }
    Write write = known.get(top);
    return fits(write, open, scan) && explains(top - 1, used, without(open, write), scan);
  }

  /// Whether no write that is newer had returned before this one began.
  private boolean mayStandAbove(int top, Write write, Scan scan) {
    if (write.begun() > scan.ended()) {
      return false;
    }
    for (int i = top + 1; i < known.size(); i++) {
      if (known.get(i).ended() < write.begun()) {
        return false;
      }
    }
    return true;
  }

  private static boolean fits(Write write, Set<String> open, Scan scan) {
    for (Map.Entry<String, Optional<String>> effect : write.effects().entrySet()) {
      String key = effect.getKey();
      boolean shown = Optional.ofNullable(scan.found().get(key)).equals(effect.getValue());
      if (open.contains(key) && !shown) {
        return false;
      }
    }
    return true;
  }

  private static Set<String> without(Set<String> open, Write write) {
    Set<String> rest = new HashSet<>(open);
    rest.removeAll(write.effects().keySet());
    return rest;
  }

  private String report(Scan scan, long least, long most, int tried) {
    StringBuilder text = new StringBuilder();
    text.append("none of ").append(tried).append(" sequence numbers from ").append(least);
    text.append(most == Long.MAX_VALUE ? " on" : " to " + most);
    text.append(" explains what ").append(scan).append("\nthe writes of what it shows:");
    List<Write> all = new ArrayList<>(known);
    all.addAll(unknown);
    for (String key : keys) {
      Optional<String> value = Optional.ofNullable(scan.found().get(key));
      text.append("\n  ").append(key).append(": ");
      all.stream()
          .filter(write -> value.isPresent() && value.equals(write.effects().get(key)))
          .findFirst()
          .ifPresentOrElse(
              text::append, () -> text.append(value.isPresent() ? "written by nobody" : "absent"));
    }
    return text.toString();
  }
}
