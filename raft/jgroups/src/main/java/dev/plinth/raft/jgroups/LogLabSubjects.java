package dev.plinth.raft.jgroups;

import dev.plinth.raft.testkit.LibraryLogSubjects;

/// The log of jgroups-raft for `./plinth lab`: `jgroups-log`, `jgroups-log-on-bitcask`. Needs
/// `plinth-raft-testkit` on the class path, which the adapter itself does not.
public final class LogLabSubjects extends LibraryLogSubjects<StoredLog, LogScript.Found> {
  /// For the service loader.
  public LogLabSubjects() {
    super(new LogScript());
  }
}
