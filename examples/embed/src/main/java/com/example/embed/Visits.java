package com.example.embed;

import dev.plinth.spi.Cursor;
import dev.plinth.spi.Durability;
import dev.plinth.spi.Engine;
import dev.plinth.spi.Engines;
import dev.plinth.spi.KeyRange;
import dev.plinth.spi.WriteBatch;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/// Counts visits of pages, durably. All it needs is `plinth-spi` and one engine on the class path.
public final class Visits implements AutoCloseable {
  private final Engine engine;

  /// @param folder made when missing
  /// @param configuration `engine = btree`, and options of that engine
  public Visits(Path folder, Map<String, String> configuration) {
    engine = Engines.open(folder, configuration);
  }

  /// Counts a visit; it survives a power failure when this returns.
  public synchronized long count(String page) {
    long visits = visits(page) + 1;
    WriteBatch batch = new WriteBatch();
    batch.put(bytes("page/" + page), bytes(Long.toString(visits)));
    batch.put(bytes("last"), bytes(page));
    engine.write(batch, Durability.SYNCED);
    return visits;
  }

  /// How often a page was visited.
  public long visits(String page) {
    byte[] found = engine.get(bytes("page/" + page));
    return found == null ? 0 : Long.parseLong(text(found));
  }

  /// All pages and their visits, by name.
  public SortedMap<String, Long> all() {
    SortedMap<String, Long> all = new TreeMap<>();
    try (Cursor cursor = engine.cursor(KeyRange.prefix(bytes("page/")))) {
      while (cursor.next()) {
        all.put(text(cursor.key()).substring(5), Long.valueOf(text(cursor.value())));
      }
    }
    return all;
  }

  @Override
  public void close() {
    engine.close();
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }

  /// Counts a visit of each page that is named.
  public static void main(String[] pages) {
    try (Visits visits = new Visits(Path.of("visits"), Map.of("engine", "btree"))) {
      for (String page : pages) {
        visits.count(page);
      }
      System.out.println(visits.all());
    }
  }
}
