package dev.plinth.peers;

import org.jspecify.annotations.Nullable;

/// A frozen state of a [HeapStore]. Threads: any number may read it at once; a walk belongs to one.
public interface HeapView extends AutoCloseable {
  /// The value of a key; null when absent.
  byte @Nullable [] get(byte[] key);

  /// A walk over all entries.
  HeapWalk walk();

  /// Lets go of it, when no walk is open any more.
  @Override
  void close();
}
