package dev.plinth.conformance.model;

import java.util.List;

/// A batch as the oracle remembers it.
///
/// @param mutations what it changes, in order
/// @param group the Raft group, or -1
/// @param index the applied index, or -1
public record Commit(List<Mutation> mutations, long group, long index) {
  public Commit {
    mutations = List.copyOf(mutations);
  }

  /// A commit without an applied index.
  public static Commit of(List<? extends Mutation> mutations) {
    return new Commit(List.copyOf(mutations), -1, -1);
  }
}
