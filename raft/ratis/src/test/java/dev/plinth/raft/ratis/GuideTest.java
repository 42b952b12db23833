package dev.plinth.raft.ratis;

import dev.plinth.raft.testkit.GuideContract;

/// The guide's code is run.
final class GuideTest extends GuideContract {
  GuideTest() {
    super("plug-into-ratis.md", 4);
  }
}
