package dev.plinth.kv.resp;

import java.util.Arrays;

/// The patterns of Redis on bytes: `*`, `?`, `[a-c]`, `[^a]` and `\` before a character that is
/// meant itself.
final class GlobPattern {
  private GlobPattern() {}

  /// What every key that matches begins with.
  static byte[] prefix(byte[] pattern) {
    int end = 0;
    while (end < pattern.length && "*?[\\".indexOf(pattern[end]) < 0) {
      end++;
    }
    return Arrays.copyOf(pattern, end);
  }

  /// Whether a key matches. Takes time in the product of both lengths at most: the last star is
  /// where it goes back to.
  static boolean matches(byte[] pattern, byte[] key) {
    int at = 0;
    int in = 0;
    int star = -1;
    int starKey = 0;
    while (in < key.length) {
      if (at < pattern.length && pattern[at] == '*') {
        star = at++;
        starKey = in;
        continue;
      }
      int next = at < pattern.length ? one(pattern, at, key[in]) : -1;
      if (next > 0) {
        at = next;
        in++;
      } else if (star >= 0) {
        at = star + 1;
        in = ++starKey;
      } else {
        return false;
      }
    }
    while (at < pattern.length && pattern[at] == '*') {
      at++;
    }
    return at == pattern.length;
  }

  /// Matches one byte; gives where the pattern goes on, or -1.
  private static int one(byte[] pattern, int at, byte key) {
    return switch (pattern[at]) {
      case '?' -> at + 1;
      case '[' -> set(pattern, at + 1, key);
      case '\\' ->
          at + 1 < pattern.length
              ? (pattern[at + 1] == key ? at + 2 : -1)
              : (key == '\\' ? at + 1 : -1);
      default -> pattern[at] == key ? at + 1 : -1;
    };
  }

  private static int set(byte[] pattern, int from, byte key) {
    int at = from;
    boolean not = at < pattern.length && pattern[at] == '^';
    if (not) {
      at++;
    }
    boolean found = false;
    while (at < pattern.length && pattern[at] != ']') {
      int low = pattern[at] & 0xff;
      int high = low;
      if (at + 2 < pattern.length && pattern[at + 1] == '-' && pattern[at + 2] != ']') {
        high = pattern[at + 2] & 0xff;
        at += 2;
      }
      found |= (key & 0xff) >= low && (key & 0xff) <= high;
      at++;
    }
    return found != not ? Math.min(at + 1, pattern.length) : -1;
  }
}
