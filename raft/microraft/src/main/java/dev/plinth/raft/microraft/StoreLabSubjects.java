package dev.plinth.raft.microraft;

import dev.plinth.raft.testkit.LibraryLogSubjects;

/// MicroRaft's store for `./plinth lab`: `microraft-log`, `microraft-log-on-bitcask`. Needs
/// `plinth-raft-testkit` on the class path, which the adapter itself does not.
public final class StoreLabSubjects extends LibraryLogSubjects<PlinthRaftStore, StoreScript.Found> {
  /// For the service loader.
  public StoreLabSubjects() {
    super(new StoreScript());
  }
}
