package dev.plinth.spec;

import dev.plinth.conformance.disk.CrashState;
import java.util.Random;

/// Chooses what a loss of power leaves.
final class AnyCrash {
  private AnyCrash() {}

  static CrashState state(Random random) {
    return switch (random.nextInt(4)) {
      case 0 -> new CrashState.NothingUnsynced();
      case 1 -> new CrashState.Everything();
      case 2 -> new CrashState.OrderedPrefix(random.nextLong());
      default -> new CrashState.AnySubset(random.nextLong());
    };
  }
}
