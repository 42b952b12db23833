package dev.plinth.kv.resp;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/// Patterns as Redis has them.
final class GlobPatternTest {
  private static boolean matches(String pattern, String key) {
    return GlobPattern.matches(
        pattern.getBytes(StandardCharsets.UTF_8), key.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void patternsMatchWhatRedisMatches() {
    String[] good = {
      "*,",
      "*,abc",
      "a*c,abbbc",
      "a*c,ac",
      "h?llo,hello",
      "h[ae]llo,hallo",
      "h[^e]llo,hallo",
      "h[a-c]llo,hbllo",
      "a\\*,a*",
      "*a*b*,xaybz",
      "user:*:name,user:7:name"
    };
    String[] bad = {
      "a*c,abd", "h?llo,hllo", "h[ae]llo,hillo", "h[^e]llo,hello", "a\\*,ab", "a,", ",a", "abc,ab"
    };
    for (String pair : good) {
      assertEquals(true, matches(pair.split(",", 2)[0], pair.split(",", 2)[1]), pair);
    }
    for (String pair : bad) {
      assertEquals(false, matches(pair.split(",", 2)[0], pair.split(",", 2)[1]), pair);
    }
  }

  @Test
  void manyStarsTakeNoLongTime() {
    assertEquals(false, matches("*a".repeat(500) + "b", "a".repeat(4000)));
  }

  @Test
  void thePrefixEndsAtTheFirstSign() {
    byte[] prefix = GlobPattern.prefix("user:[a-z]*".getBytes(StandardCharsets.UTF_8));
    assertEquals("user:", new String(prefix, StandardCharsets.UTF_8));
  }
}
