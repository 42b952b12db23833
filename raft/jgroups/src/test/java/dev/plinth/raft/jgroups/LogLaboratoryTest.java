package dev.plinth.raft.jgroups;

import dev.plinth.raft.testkit.LibraryLogContract;
import dev.plinth.raft.testkit.LibraryScript;

/// The log of jgroups-raft in the laboratory.
final class LogLaboratoryTest extends LibraryLogContract {
  @Override
  protected LibraryScript<?, ?> script() {
    return new LogScript();
  }
}
