package dev.plinth.conformance.linear;

import java.util.Map;

/// Everything that one cursor or snapshot has shown. Immutable.
///
/// @param client who looked
/// @param found the values by key; keys that are absent are not in it
/// @param sequence the sequence number that it belongs to, where it was told; else [Write#UNKNOWN]
/// @param begun when the call that froze the state began
/// @param ended when that call returned
public record Scan(int client, Map<String, String> found, long sequence, long begun, long ended) {
  public Scan {
    found = Map.copyOf(found);
  }

  @Override
  public String toString() {
    String told = sequence == Write.UNKNOWN ? "" : " of sequence " + sequence;
    return "client " + client + " sees " + found + told + " [" + begun + ", " + ended + "]";
  }
}
