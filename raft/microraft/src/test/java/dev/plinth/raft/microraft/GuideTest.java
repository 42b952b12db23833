package dev.plinth.raft.microraft;

import dev.plinth.raft.testkit.GuideContract;

/// The guide's code is run.
final class GuideTest extends GuideContract {
  GuideTest() {
    super("plug-into-microraft.md", 3);
  }
}
