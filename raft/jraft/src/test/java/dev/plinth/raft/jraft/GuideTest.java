package dev.plinth.raft.jraft;

import dev.plinth.raft.testkit.GuideContract;

/// The guide's code is run.
final class GuideTest extends GuideContract {
  GuideTest() {
    super("plug-into-a-raft-library.md", 3);
  }
}
