package dev.plinth.raft.jgroups;

import dev.plinth.raft.testkit.GuideContract;

/// The guide's code is run.
final class GuideTest extends GuideContract {
  GuideTest() {
    super("plug-into-jgroups-raft.md", 3);
  }
}
