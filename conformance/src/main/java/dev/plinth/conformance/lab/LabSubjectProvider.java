package dev.plinth.conformance.lab;

import java.util.List;

/// Names subjects other than engines (which are found by their own providers), such as a bare log.
/// Found by [java.util.ServiceLoader].
public interface LabSubjectProvider {
  /// The subjects.
  List<Subject> subjects();
}
