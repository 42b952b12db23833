package dev.plinth.raft.microraft;

import dev.plinth.raft.testkit.LibraryLogContract;
import dev.plinth.raft.testkit.LibraryScript;

/// MicroRaft's store in the laboratory.
final class StoreLaboratoryTest extends LibraryLogContract {
  @Override
  protected LibraryScript<?, ?> script() {
    return new StoreScript();
  }
}
