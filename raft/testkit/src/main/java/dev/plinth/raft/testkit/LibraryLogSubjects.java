package dev.plinth.raft.testkit;

import dev.plinth.conformance.lab.LabSubjectProvider;
import dev.plinth.conformance.lab.Subject;
import dev.plinth.spi.Engines;
import java.util.ArrayList;
import java.util.List;

/// The log that an adapter makes, for `./plinth lab`: by the name of its script on the segmented
/// log, and `NAME-on-bitcask` where that engine is on the class path. To be extended with a
/// constructor without arguments and named in a service file.
///
/// @param <L> the adapter's log
/// @param <S> what a library finds in it
public abstract class LibraryLogSubjects<L, S> implements LabSubjectProvider {
  private static final String ENGINE = "bitcask";

  private final LibraryScript<L, S> script;

  /// @param script what is done to the log
  protected LibraryLogSubjects(LibraryScript<L, S> script) {
    this.script = script;
  }

  @Override
  public final List<Subject> subjects() {
    List<Subject> subjects = new ArrayList<>();
    subjects.add(new LibraryLogSubject<>(script.name(), script, RaftLogSubjects.segmented()));
    if (Engines.names().contains(ENGINE)) {
      subjects.add(
          new LibraryLogSubject<>(
              script.name() + "-on-" + ENGINE, script, RaftLogSubjects.onEngine(ENGINE)));
    }
    return subjects;
  }
}
