package dev.plinth.conformance.disk;

/// What is found on a [SimDisk] after a crash. The letters are those of `docs/reliability.md`.
public sealed interface CrashState {

  /// (a) Only what was synced.
  record NothingUnsynced() implements CrashState {
    @Override
    public String toString() {
      return "a";
    }
  }

  /// (b) Everything that was written, synced or not.
  record Everything() implements CrashState {
    @Override
    public String toString() {
      return "b";
    }
  }

  /// (c) What was synced and the first of the other operations in their order, the last of them
  /// torn: only its first bytes arrived.
  ///
  /// @param seed chooses how many operations and how many bytes
  record OrderedPrefix(long seed) implements CrashState {
    @Override
    public String toString() {
      return "c" + seed;
    }
  }

  /// (d) What was synced and any of the 512-byte sectors and directory operations beside it. Of a
  /// sector that was written several times any version may be found.
  ///
  /// @param seed chooses which
  record AnySubset(long seed) implements CrashState {
    @Override
    public String toString() {
      return "d" + seed;
    }
  }

  /// (k) The process was killed and the machine goes on: everything written can still be read, and
  /// what was not synced may yet be lost by the next crash.
  record ProcessKilled() implements CrashState {
    @Override
    public String toString() {
      return "k";
    }
  }

  /// Reads what `toString` wrote: `a`, `b`, `c17`, `d17`, `k`.
  static CrashState parse(String text) {
    char kind = text.isEmpty() ? ' ' : text.charAt(0);
    String rest = text.isEmpty() ? "" : text.substring(1);
    if (rest.isEmpty() && kind == 'a') {
      return new NothingUnsynced();
    }
    if (rest.isEmpty() && kind == 'b') {
      return new Everything();
    }
    if (rest.isEmpty() && kind == 'k') {
      return new ProcessKilled();
    }
    try {
      if (kind == 'c') {
        return new OrderedPrefix(Long.parseLong(rest));
      }
      if (kind == 'd') {
        return new AnySubset(Long.parseLong(rest));
      }
    } catch (NumberFormatException e) {
      throw unreadable(text);
    }
    throw unreadable(text);
  }

  private static IllegalArgumentException unreadable(String text) {
    return new IllegalArgumentException(
        "'" + text + "' is no crash state: a, b, c<seed>, d<seed> or k is expected");
  }
}
