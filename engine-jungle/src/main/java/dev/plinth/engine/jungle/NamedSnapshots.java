package dev.plinth.engine.jungle;

import dev.plinth.kit.tree.CommitQueue;
import dev.plinth.spi.Snapshot;
import dev.plinth.spi.StorageException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;

/// Snapshots with names that survive restarts: each is the list of tables, with the header of each,
/// that the manifest notes. Nothing is copied; the files stay until the name is dropped. Any thread
/// may call it.
final class NamedSnapshots {
  private static final int NAME_LENGTH_MAX = 255;

  private final Tree tree;
  private final TreeReads reads;
  private final CommitQueue commits;
  private final Installer installer;
  private final ReentrantLock lock = new ReentrantLock();

  NamedSnapshots(Tree tree, TreeReads reads, CommitQueue commits, Installer installer) {
    this.tree = tree;
    this.reads = reads;
    this.commits = commits;
    this.installer = installer;
  }

  /// Keeps the newest state under a name.
  void keep(String name) {
    if (name.isEmpty() || name.length() > NAME_LENGTH_MAX) {
      throw new IllegalArgumentException(
          "a snapshot's name has 1 to " + NAME_LENGTH_MAX + " characters");
    }
    lock.lock();
    try {
      if (tree.versions.kept(name) != null) {
        throw new IllegalArgumentException("there is a snapshot named " + name + " already");
      }
      commits.flushMemory();
      VersionEdit state;
      Version pinned;
      synchronized (tree.versions) {
        state = tree.versions.snapshot();
        pinned = tree.versions.current();
      }
      try {
        VersionEdit.Kept kept =
            new VersionEdit.Kept(name, state.flushedSequence(), state.applied(), state.added());
        commit(List.of(kept), List.of());
      } finally {
        pinned.release();
      }
    } finally {
      lock.unlock();
    }
  }

  /// Gives a name up.
  void drop(String name) {
    lock.lock();
    try {
      require(name);
      tree.health.require();
      tree.leases.requireOpen();
      commit(List.of(), List.of(name));
    } finally {
      lock.unlock();
    }
    tree.space.measure();
  }

  /// The names.
  List<String> names() {
    return tree.versions.kept().stream().map(VersionEdit.Kept::name).toList();
  }

  /// Opens what a name stands for.
  Snapshot open(String name) {
    tree.leases.requireOpen();
    VersionEdit.Kept kept = require(name);
    Version version = tree.versions.keptVersion(name);
    if (version == null) {
      throw absent(name);
    }
    return JungleSnapshot.of(tree, reads, version, kept.sequence());
  }

  private VersionEdit.Kept require(String name) {
    VersionEdit.Kept kept = tree.versions.kept(name);
    if (kept == null) {
      throw absent(name);
    }
    return kept;
  }

  private IllegalArgumentException absent(String name) {
    return new IllegalArgumentException(
        "there is no snapshot named " + name + "; known: " + String.join(", ", names()));
  }

  private void commit(List<VersionEdit.Kept> kept, List<String> dropped) {
    try {
      installer.commit(
          new VersionEdit(
              tree.versions.nextNumber(), 0, 0, Map.of(), List.of(), List.of(), kept, dropped),
          null,
          () -> {});
    } catch (StorageException e) {
      tree.health.poison(e);
      throw e;
    }
  }
}
