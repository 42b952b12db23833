package dev.plinth.spec;

import java.util.List;

/// Runs real code on a simulated disk and tells what it did in the words of a specification.
interface TraceSource {
  /// The specification.
  String specification();

  /// A trace; the same seed gives the same script, and the same trace but for background work.
  Trace record(long seed);

  /// Altered copies, none of which is a behaviour of the specification.
  List<Trace> altered(Trace trace);
}
