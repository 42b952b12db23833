package dev.plinth.cli;

import dev.plinth.spi.Cursor;
import dev.plinth.spi.Engine;
import dev.plinth.spi.KeyRange;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `plinth dump DIR`: the entries of a store in key order.
@Command(name = "dump", description = "Prints entries in key order, bytes as text or hexadecimal.")
final class DumpCommand implements Callable<Integer> {
  private static final int SHOWN_BYTES_MAX = 64;

  @Spec private CommandSpec spec;
  @Mixin private StoreOptions store = new StoreOptions();

  @Option(names = "--prefix", paramLabel = "TEXT", description = "Only keys that begin so.")
  private @Nullable String prefix;

  @Option(names = "--limit", paramLabel = "N", description = "At most so many; 100 by default.")
  private long limit = 100;

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    KeyRange range =
        prefix == null ? KeyRange.all() : KeyRange.prefix(prefix.getBytes(StandardCharsets.UTF_8));
    try (Engine engine = store.open();
        Cursor cursor = engine.cursor(range)) {
      for (long shown = 0; shown < limit && cursor.next(); shown++) {
        out.println(text(cursor.key()) + "  " + cursor.valueLength() + "  " + text(cursor.value()));
      }
    }
    out.flush();
    return 0;
  }

  /// Printable characters as they are, anything else in hexadecimal, long ones cut.
  static String text(byte[] bytes) {
    int length = Math.min(bytes.length, SHOWN_BYTES_MAX);
    boolean printable = true;
    for (int i = 0; i < length; i++) {
      printable &= bytes[i] >= ' ' && bytes[i] < 0x7f;
    }
    String shown =
        printable
            ? "'" + new String(bytes, 0, length, StandardCharsets.US_ASCII) + "'"
            : HexFormat.of().formatHex(bytes, 0, length);
    return length < bytes.length ? shown + "..." : shown;
  }
}
