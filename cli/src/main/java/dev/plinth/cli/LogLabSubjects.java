package dev.plinth.cli;

import dev.plinth.conformance.lab.LabSubjectProvider;
import dev.plinth.conformance.lab.Subject;
import java.util.List;

/// Brings the bare log into the laboratory.
public final class LogLabSubjects implements LabSubjectProvider {
  @Override
  public List<Subject> subjects() {
    return List.of(new LogSubject());
  }
}
