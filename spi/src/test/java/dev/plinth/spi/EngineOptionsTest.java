package dev.plinth.spi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class EngineOptionsTest {
  private static final List<OptionSpec> SPECS =
      List.of(
          OptionSpec.bytes("file.bytes", "64MiB", 4096, 1L << 40, "size of a file"),
          OptionSpec.whole("threads", 2, 1, 64, "threads"),
          OptionSpec.decimal("garbage", 0.5, 0, 1, "share of garbage"),
          OptionSpec.choice("index", "hash", List.of("hash", "ordered"), "kind of index"),
          OptionSpec.duration("sync.every", "10ms", "time between syncs"));

  @Test
  void fillsInDefaultsAndParsesUnits() {
    EngineOptions options =
        EngineOptions.of(SPECS, Map.of("file.bytes", "2GiB", "wal", "off", "sync.every", "5s"));
    assertEquals(2L << 30, options.bytes("file.bytes"));
    assertEquals(2, options.whole("threads"));
    assertEquals(0.5, options.decimal("garbage"));
    assertEquals("hash", options.choice("index"));
    assertEquals(5_000_000_000L, options.nanos("sync.every"));
    assertFalse(options.wal());
    assertFalse(options.checked());
    assertEquals("2GiB", options.texts().get("file.bytes"));
    assertEquals(SPECS.size() + EngineOptions.common().size(), options.texts().size());
  }

  @Test
  void unknownNamesAreErrorsWithTheNearest() {
    String message = refused(Map.of("file.byte", "1MiB"));
    assertTrue(message.contains("did you mean file.bytes?"), message);
    assertTrue(message.contains("threads"), message);
  }

  @Test
  void valuesOfTheWrongFormAreErrors() {
    assertTrue(refused(Map.of("file.bytes", "64 miles")).contains("file.bytes"));
    assertTrue(refused(Map.of("file.bytes", "1")).contains("4096"));
    assertTrue(refused(Map.of("file.bytes", "99999999TiB")).contains("file.bytes"));
    assertTrue(refused(Map.of("threads", "many")).contains("threads"));
    assertTrue(refused(Map.of("garbage", "NaN")).contains("garbage"));
    assertTrue(refused(Map.of("garbage", "x")).contains("garbage"));
    assertTrue(refused(Map.of("index", "hsah")).contains("did you mean hash?"));
    assertTrue(refused(Map.of("wal", "maybe")).contains("on or off"));
    assertTrue(refused(Map.of("sync.every", "10")).contains("duration"));
  }

  @Test
  void askingForAnOptionThatIsNotThereIsAProgrammingError() {
    EngineOptions options = EngineOptions.of(SPECS, Map.of());
    assertThrows(IllegalArgumentException.class, () -> options.bytes("nothing"));
  }

  @Test
  void anOptionWhoseDefaultIsWrongCannotBeMade() {
    assertThrows(
        StorageException.InvalidConfiguration.class,
        () -> OptionSpec.bytes("a", "1", 2, 3, "out of its own range"));
  }

  @Test
  void unknownEnginesListTheKnownOnes() {
    StorageException.InvalidConfiguration e =
        assertThrows(
            StorageException.InvalidConfiguration.class,
            () -> Engines.open(java.nio.file.Path.of("nowhere"), Map.of("engine", "bitcusk")));
    assertTrue(e.getMessage().startsWith("unknown engine 'bitcusk'"), e.getMessage());
    assertThrows(
        StorageException.InvalidConfiguration.class,
        () -> Engines.open(java.nio.file.Path.of("nowhere"), Map.of()));
  }

  @Test
  void quantitiesReadAndWriteUnits() {
    assertEquals(10_000_000, Quantities.whole("keys", "10M"));
    assertEquals(5_000, Quantities.whole("keys", "5k"));
    assertEquals(3L << 40, Quantities.bytes("size", "3TiB"));
    assertEquals(7, Quantities.bytes("size", "7B"));
    assertEquals(500_000, Quantities.nanos("time", "500us"));
    assertEquals(7_200_000_000_000L, Quantities.nanos("time", "2h"));
    assertEquals("1.5 MiB", Quantities.bytesText(1536 << 10));
    assertEquals("12 B", Quantities.bytesText(12));
  }

  @Test
  void distanceCountsEdits() {
    assertEquals(3, Names.distance("kitten", "sitting"));
    assertEquals(0, Names.distance("same", "same"));
    assertEquals(4, Names.distance("", "four"));
    assertTrue(Names.nearest("zzzzzz", List.of("bitcask")).isEmpty());
  }

  private static String refused(Map<String, String> given) {
    return assertThrows(
            StorageException.InvalidConfiguration.class, () -> EngineOptions.of(SPECS, given))
        .getMessage();
  }
}
