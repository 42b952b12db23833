package dev.plinth.bench.trace;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.plinth.bench.trace.TraceFormat.Kind;
import dev.plinth.spi.Cursor;
import dev.plinth.spi.Durability;
import dev.plinth.spi.Engine;
import dev.plinth.spi.Engines;
import dev.plinth.spi.KeyRange;
import dev.plinth.spi.StorageException;
import dev.plinth.spi.WriteBatch;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class TraceTest {
  @TempDir Path folder;

  @Test
  void everythingThatIsDoneIsRecorded() {
    Path file = record();
    List<String> seen = new ArrayList<>();
    try (TraceReader reader = new TraceReader(file)) {
      while (reader.next()) {
        Kind kind = reader.kind();
        boolean keyed = kind != Kind.BATCH && kind != Kind.FLUSH;
        seen.add(kind + (keyed ? " " + text(reader.key()) : "") + " " + reader.number());
      }
    }
    assertEquals(
        List.of(
            "READ_HIT old 3",
            "READ_MISS none -1",
            "PUT a 5",
            "DELETE a -1",
            "BATCH 2",
            "PUT b 1",
            "DELETE c -1",
            "SCAN b 2",
            "DELETE_RANGE x -1",
            "FLUSH -1"),
        seen);
    TraceSummary summary = TraceState.of(file).summary();
    assertEquals(8, summary.operations());
    assertEquals(5, summary.entries());
    assertEquals(2, summary.scanned());
    assertEquals(5, summary.valueBytesMax());
    assertEquals(3, summary.valueBytes());
  }

  @Test
  void whatIsReadFirstIsLoadedFirst() {
    TraceState state = TraceState.of(record());
    assertEquals(1, state.preloaded().size());
    assertEquals("old", text(state.preloaded().keySet().iterator().next()));
    assertEquals(3, state.keys().get(bytes("old")).length());
    assertEquals(-1, state.keys().get(bytes("a")).length());
    assertEquals(1, state.keys().get(bytes("b")).length());
  }

  @Test
  void aDamagedTraceIsRefusedAndATornOneEndsEarlier() throws IOException {
    Path file = record();
    byte[] sound = Files.readAllBytes(file);
    byte[] flipped = sound.clone();
    flipped[sound.length - 1] ^= 1;
    Files.write(file, flipped);
    assertTrue(refused(file).contains("another checksum than was written; record the trace again"));
    Files.write(file, Arrays.copyOf(sound, sound.length - 1));
    assertEquals(0, TraceState.of(file).summary().operations());
    Files.write(file, bytes("something else, and long enough"));
    assertTrue(refused(file).contains("this is no trace"));
    byte[] newer = sound.clone();
    newer[8]++;
    Files.write(file, newer);
    assertTrue(refused(file).contains("a trace of version 2"));
    assertArrayEquals(newer, Files.readAllBytes(file));
  }

  private static String refused(Path file) {
    return assertThrows(StorageException.class, () -> TraceState.of(file)).getMessage();
  }

  private Path record() {
    Path file = folder.resolve("trace");
    Engine map = Engines.open(folder.resolve("store"), Map.of(Engines.ENGINE_KEY, "map"));
    map.put(bytes("old"), bytes("123"), Durability.WRITTEN);
    map.put(bytes("c"), bytes("7"), Durability.WRITTEN);
    map.put(bytes("x2"), bytes("7"), Durability.WRITTEN);
    try (Engine engine = RecordingEngine.recording(map, file)) {
      assertArrayEquals(bytes("123"), engine.get(bytes("old")));
      assertEquals(null, engine.get(bytes("none")));
      engine.put(bytes("a"), bytes("12345"), Durability.WRITTEN);
      engine.delete(bytes("a"), Durability.WRITTEN);
      WriteBatch batch = new WriteBatch().put(bytes("b"), bytes("1")).delete(bytes("c"));
      engine.write(batch, Durability.WRITTEN);
      try (Cursor cursor = engine.cursor(KeyRange.all())) {
        assertTrue(cursor.seek(bytes("b")) && cursor.next());
      }
      engine.deleteRange(KeyRange.of(bytes("x"), bytes("y")), Durability.WRITTEN);
      engine.flush();
    }
    return file;
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }
}
