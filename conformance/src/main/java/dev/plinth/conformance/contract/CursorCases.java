package dev.plinth.conformance.contract;

import static dev.plinth.conformance.contract.ContractFixture.bytes;
import static dev.plinth.conformance.contract.ContractFixture.entry;
import static dev.plinth.conformance.contract.ContractFixture.range;
import static dev.plinth.conformance.contract.ContractFixture.scan;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.plinth.conformance.model.Commit;
import dev.plinth.conformance.model.Key;
import dev.plinth.conformance.model.ModelState;
import dev.plinth.conformance.model.Mutation;
import dev.plinth.conformance.model.Payload;
import dev.plinth.conformance.model.ReadChecks;
import dev.plinth.spi.Cursor;
import dev.plinth.spi.Durability;
import dev.plinth.spi.Engine;
import dev.plinth.spi.KeyRange;
import dev.plinth.spi.StorageException;
import java.util.List;
import java.util.SplittableRandom;

/// How cursors move.
final class CursorCases {
  private static final Durability WRITTEN = Durability.WRITTEN;

  private CursorCases() {}

  static void addTo(List<ContractCase> cases) {
    cases.add(new ContractCase("a cursor starts on either side", CursorCases::starts));
    cases.add(new ContractCase("a cursor turns at any entry", CursorCases::turns));
    cases.add(new ContractCase("seeks stay within the range", CursorCases::seeks));
    cases.add(new ContractCase("ranges without entries", CursorCases::emptyRanges));
    cases.add(new ContractCase("a cursor is frozen", CursorCases::frozen));
    cases.add(new ContractCase("a closed cursor", CursorCases::closed));
    cases.add(new ContractCase("random seeks and scans", CursorCases::random));
  }

  private static Engine five(ContractFixture fixture) {
    Engine engine = fixture.engine();
    for (String key : List.of("b", "d", "f", "h", "j")) {
      engine.put(bytes(key), bytes(key + key), WRITTEN);
    }
    return engine;
  }

  private static void starts(ContractFixture fixture) {
    Engine engine = five(fixture);
    try (Cursor cursor = engine.cursor(KeyRange.all())) {
      assertFalse(cursor.isValid());
      assertTrue(cursor.next());
      assertEquals("b=bb", entry(cursor));
    }
    try (Cursor cursor = engine.cursor(KeyRange.all())) {
      assertTrue(cursor.previous());
      assertEquals("j=jj", entry(cursor));
      assertFalse(cursor.next());
      assertFalse(cursor.isValid());
      assertTrue(cursor.next());
      assertEquals("b=bb", entry(cursor));
      assertFalse(cursor.previous());
      assertTrue(cursor.previous());
      assertEquals("j=jj", entry(cursor));
      assertTrue(cursor.first());
      assertEquals("b=bb", entry(cursor));
      assertTrue(cursor.last());
      assertEquals("j=jj", entry(cursor));
    }
  }

  private static void turns(ContractFixture fixture) {
    Engine engine = five(fixture);
    engine.flush();
    engine.put(bytes("e"), bytes("ee"), WRITTEN);
    engine.delete(bytes("f"), WRITTEN);
    try (Cursor cursor = engine.cursor(KeyRange.all())) {
      StringBuilder path = new StringBuilder();
      String steps = "nnnpnpppnnnnnpn";
      for (int i = 0; i < steps.length(); i++) {
        boolean valid = steps.charAt(i) == 'n' ? cursor.next() : cursor.previous();
        path.append(valid ? entry(cursor).charAt(0) : '.');
      }
      assertEquals(expectedPath(steps, "bdehj"), path.toString());
    }
  }

  private static String expectedPath(String steps, String keys) {
    StringBuilder path = new StringBuilder();
    int at = -1;
    boolean on = false;
    for (int i = 0; i < steps.length(); i++) {
      char step = steps.charAt(i);
      if (step == 'n') {
        at = on ? at + 1 : 0;
      } else {
        at = on ? at - 1 : keys.length() - 1;
      }
      on = at >= 0 && at < keys.length();
      path.append(on ? keys.charAt(at) : '.');
    }
    return path.toString();
  }

  private static void seeks(ContractFixture fixture) {
    Engine engine = five(fixture);
    try (Cursor cursor = engine.cursor(range("c", "i"))) {
      assertTrue(cursor.seek(bytes("a")));
      assertEquals("d=dd", entry(cursor));
      assertFalse(cursor.seek(bytes("i")));
      assertFalse(cursor.seek(bytes("z")));
      assertTrue(cursor.seek(bytes("f")));
      assertEquals("f=ff", entry(cursor));
      assertTrue(cursor.seekAtOrBefore(bytes("z")));
      assertEquals("h=hh", entry(cursor));
      assertTrue(cursor.seekAtOrBefore(bytes("g")));
      assertEquals("f=ff", entry(cursor));
      assertTrue(cursor.seekAtOrBefore(bytes("d")));
      assertEquals("d=dd", entry(cursor));
      assertFalse(cursor.previous());
      assertFalse(cursor.seekAtOrBefore(bytes("c")));
      assertTrue(cursor.seek(bytes("h")));
      assertFalse(cursor.next());
    }
    assertEquals(List.of("d=dd", "f=ff"), scan(engine, range("d", "h")));
    assertEquals(List.of("b=bb"), scan(engine, range(null, "d")));
    assertEquals(List.of("j=jj"), scan(engine, range("i", null)));
    assertEquals(List.of("d=dd"), scan(engine, KeyRange.prefix(bytes("d"))));
  }

  private static void emptyRanges(ContractFixture fixture) {
    Engine engine = five(fixture);
    for (KeyRange range : List.of(range("k", "z"), range("c", "d"), range("d", "b"))) {
      try (Cursor cursor = engine.cursor(range)) {
        assertFalse(cursor.next());
        assertFalse(cursor.previous());
        assertFalse(cursor.first());
        assertFalse(cursor.last());
        assertFalse(cursor.seek(bytes("d")));
        assertFalse(cursor.seekAtOrBefore(bytes("d")));
        assertFalse(cursor.isValid());
      }
    }
  }

  private static void frozen(ContractFixture fixture) {
    Engine engine = five(fixture);
    try (Cursor cursor = engine.cursor(KeyRange.all())) {
      assertTrue(cursor.next());
      engine.put(bytes("c"), bytes("new"), WRITTEN);
      engine.put(bytes("d"), bytes("new"), WRITTEN);
      engine.delete(bytes("f"), WRITTEN);
      engine.flush();
      engine.deleteRange(range("h", "z"), WRITTEN);
      engine.compact(KeyRange.all());
      StringBuilder seen = new StringBuilder(entry(cursor));
      while (cursor.next()) {
        seen.append(' ').append(entry(cursor));
      }
      assertEquals("b=bb d=dd f=ff h=hh j=jj", seen.toString());
    }
    assertEquals(List.of("b=bb", "c=new", "d=new"), scan(engine));
  }

  private static void closed(ContractFixture fixture) {
    Engine engine = five(fixture);
    Cursor cursor = engine.cursor(KeyRange.all());
    assertTrue(cursor.next());
    cursor.close();
    cursor.close();
    assertThrows(StorageException.Closed.class, cursor::next);
    assertThrows(StorageException.Closed.class, cursor::previous);
    assertThrows(StorageException.Closed.class, cursor::first);
    assertThrows(StorageException.Closed.class, () -> cursor.seek(bytes("d")));
  }

  private static void random(ContractFixture fixture) {
    Engine engine = fixture.engine();
    SplittableRandom random = new SplittableRandom(11);
    ModelState model = new ModelState();
    for (int i = 0; i < 400; i++) {
      Key key = Key.of(bytes(Integer.toString(random.nextInt(500), 7)));
      if (random.nextInt(5) == 0) {
        engine.delete(key.bytes(), WRITTEN);
        model.apply(Commit.of(List.of(new Mutation.Delete(key))));
      } else {
        Payload value = new Payload(i, random.nextInt(80));
        engine.put(key.bytes(), value.bytes(), WRITTEN);
        model.apply(Commit.of(List.of(new Mutation.Put(key, value))));
      }
      if (i % 100 == 50) {
        engine.flush();
      }
    }
    for (int i = 0; i < 200; i++) {
      String one = Integer.toString(random.nextInt(500), 7);
      String two = Integer.toString(random.nextInt(500), 7);
      KeyRange range = one.compareTo(two) < 0 ? range(one, two) : range(two, one);
      ReadChecks.seek(
          engine, range, Key.of(bytes(Integer.toString(random.nextInt(500), 7))), model);
      ReadChecks.scan(engine, range, i % 2 == 0, model);
    }
  }
}
