package dev.plinth.conformance.lab;

import java.io.PrintStream;

/// Checks the specifications of what must survive a crash: found by [java.util.ServiceLoader], so
/// that a model checker is needed only where it is asked for. Any thread.
public interface SpecRunner {
  /// Checks every specification, that every mutant is rejected, and that traces of the real code
  /// are accepted and altered copies refused.
  ///
  /// @param out told of each of them in a line, and of the counts at the end
  /// @return whether all of it was so
  boolean run(PrintStream out);
}
