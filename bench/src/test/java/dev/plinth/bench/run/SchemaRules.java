package dev.plinth.bench.run;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// The rules of schema 1 on the tree of a `results.json`: which names must be there, of which type,
/// and which may be null.
final class SchemaRules {
  private static final Object NUMBER = 0;
  private static final Object TEXT = "";
  private static final Object YES = true;
  private static final List<String> MAY_BE_NULL =
      List.of(
          "predicted",
          "amplification",
          "bytes",
          "memory",
          "longest_stall_nanos",
          "digest",
          "latency_nanos");
  private static final List<String> PARTS =
      List.of("log", "flush", "compaction", "index", "hint", "manifest", "preallocation", "other");

  private final List<String> wrong = new ArrayList<>();

  static List<String> wrong(Map<?, ?> document) {
    SchemaRules rules = new SchemaRules();
    rules.document(document);
    return rules.wrong;
  }

  private void document(Map<?, ?> document) {
    texts(document, "$", "version", "commit", "started");
    numbers(document, "$", false, "schema", "seed");
    Map<?, ?> machine = (Map<?, ?>) document.get("machine");
    texts(machine, "$.machine", "cpu", "os", "jdk", "filesystem");
    numbers(machine, "$.machine", false, "cores", "memory_bytes", "sync_micros_p50");
    int number = 0;
    for (Object cell : (List<?>) document.get("cells")) {
      cell((Map<?, ?>) cell, "$.cells[" + number++ + "]");
    }
  }

  private void cell(Map<?, ?> cell, String path) {
    if (!cell.get("status").equals("ok")) {
      if (!List.of("skipped", "failed").contains(cell.get("status"))
          || "".equals(cell.get("reason"))) {
        wrong.add(path + ": neither ok nor explained");
      }
      return;
    }
    texts(cell, path, "engine", "workload", "status", "reason");
    type(cell, path, "peer", YES, false);
    numbers(cell, path, false, "repeat", "operations", "seconds", "ops_per_second");
    type(cell, path, "longest_stall_nanos", NUMBER, true);
    type(cell, path, "digest", TEXT, true);
    Map<?, ?> params = (Map<?, ?>) cell.get("params");
    numbers(
        params,
        path,
        false,
        "keys",
        "key_bytes",
        "value_bytes",
        "threads",
        "batch",
        "commit_every");
    texts(params, path, "key_order", "durability");
    type(params, path, "virtual", YES, false);
    type(params, path, "wal", YES, false);
    type(params, path, "options", Map.of(), false);
    part(cell, path, "latency_nanos", "p50", "p90", "p99", "p999", "max");
    part(
        cell,
        path,
        "amplification",
        "write",
        "write_os",
        "write_without_log",
        "write_at_end_of_load",
        "read_blocks",
        "read_bytes",
        "space",
        "space_max",
        "space_average");
    part(cell, path, "predicted", "write", "read_blocks", "space");
    part(cell, path, "bytes", PARTS.toArray(String[]::new));
    part(cell, path, "bytes", "user", "total", "os_wchar", "os_write_bytes", "os_cancelled");
    part(
        cell,
        path,
        "memory",
        "heap_peak_bytes",
        "off_heap_bytes",
        "resident_peak_bytes",
        "anonymous_peak_bytes",
        "index_bytes_per_key");
    sum((Map<?, ?>) cell.get("bytes"), path);
  }

  private void sum(Map<?, ?> bytes, String path) {
    if (bytes == null || bytes.get("total") == null) {
      return;
    }
    long sum = PARTS.stream().mapToLong(part -> ((Number) bytes.get(part)).longValue()).sum();
    if (sum != ((Number) bytes.get("total")).longValue()) {
      wrong.add(path + ".bytes: the parts do not sum to the total");
    }
  }

  private void part(Map<?, ?> cell, String path, String name, String... numbers) {
    if (cell.get(name) instanceof Map<?, ?> map) {
      numbers(map, path + "." + name, true, numbers);
    } else if (cell.get(name) != null || !MAY_BE_NULL.contains(name)) {
      wrong.add(path + "." + name + ": an object is expected");
    }
  }

  private void texts(Map<?, ?> map, String path, String... names) {
    for (String name : names) {
      type(map, path, name, TEXT, false);
    }
  }

  private void numbers(Map<?, ?> map, String path, boolean orNull, String... names) {
    for (String name : names) {
      type(map, path, name, NUMBER, orNull);
    }
  }

  private void type(Map<?, ?> map, String path, String name, Object like, boolean orNull) {
    if (!map.containsKey(name)) {
      wrong.add(path + "." + name + ": missing");
      return;
    }
    Object value = map.get(name);
    boolean right =
        value == null
            ? orNull
            : like instanceof Integer
                ? value instanceof Number
                : like instanceof Map ? value instanceof Map : value.getClass() == like.getClass();
    if (!right) {
      wrong.add(path + "." + name + ": " + value);
    }
  }
}
