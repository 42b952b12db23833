package com.example.embed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.plinth.spi.Engines;
import dev.plinth.spi.StorageException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VisitsTest {
  @TempDir Path folder;

  @Test
  void visitsAreKept() {
    Map<String, String> configuration = Map.of("engine", "btree");
    try (Visits visits = new Visits(folder.resolve("visits"), configuration)) {
      assertEquals(1, visits.count("home"));
      assertEquals(2, visits.count("home"));
      assertEquals(1, visits.count("about"));
    }
    try (Visits visits = new Visits(folder.resolve("visits"), configuration)) {
      assertEquals(2, visits.visits("home"));
      assertEquals(Map.of("about", 1L, "home", 2L), visits.all());
    }
  }

  @Test
  void oneEngineIsOnTheClassPath() {
    assertEquals(List.of("btree"), Engines.names());
    StorageException refused =
        assertThrows(
            StorageException.InvalidConfiguration.class,
            () -> new Visits(folder.resolve("none"), Map.of("engine", "btre")));
    assertTrue(refused.getMessage().contains("btree"), refused.getMessage());
  }
}
