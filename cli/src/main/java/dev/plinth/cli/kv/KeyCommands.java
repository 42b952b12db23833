package dev.plinth.cli.kv;

import com.google.protobuf.ByteString;
import dev.plinth.kv.client.KvClient;
import dev.plinth.kv.proto.BatchResponse;
import dev.plinth.kv.proto.Change;
import dev.plinth.kv.proto.CompareAndSetResponse;
import dev.plinth.kv.proto.Entry;
import dev.plinth.kv.proto.ScanRequest;
import dev.plinth.kv.proto.ScanResponse;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// The client's commands on keys. Keys and values are UTF-8 words of the command line.
final class KeyCommands {
  private static final int NOT_THERE = 1;

  private KeyCommands() {}

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] value(String word) {
    if (!word.equals("-")) {
      return bytes(word);
    }
    try {
      return System.in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException("standard input cannot be read", e);
    }
  }

  /// Writes raw bytes and a line break.
  private static void print(byte[]... parts) {
    PrintStream out = System.out;
    for (byte[] part : parts) {
      out.write(part, 0, part.length);
    }
    out.println();
    out.flush();
  }

  /// `put`: gives a key a value.
  @Command(name = "put", description = "Gives a key a value.")
  static final class Put implements Callable<Integer> {
    @Mixin private ClientMixin client;

    @Parameters(index = "0", paramLabel = "KEY", description = "The key.")
    private String key;

    @Parameters(
        index = "1",
        paramLabel = "VALUE",
        description = "The value; '-' reads it from standard input, '' is an empty value.")
    private String value;

    @Override
    public Integer call() {
      try (KvClient kv = client.open()) {
        long index = kv.put(bytes(key), value(value));
        if (client.json()) {
          System.out.println(new Json().put("key", key).put("index", index));
        }
        return 0;
      }
    }
  }

  /// `get`: reads a key.
  @Command(
      name = "get",
      description = "Prints the value of a key; exit code 1 when it is not there.")
  static final class Get implements Callable<Integer> {
    @Mixin private ClientMixin client;

    @Parameters(index = "0", paramLabel = "KEY", description = "The key.")
    private String key;

    @Option(names = "--stale", description = "Take what the server has, however old it is.")
    private boolean stale;

    @Override
    public Integer call() {
      try (KvClient kv = client.open()) {
        byte[] value = stale ? kv.getStale(bytes(key)) : kv.get(bytes(key));
        if (client.json()) {
          Json json = new Json().put("key", key).put("found", value != null);
          System.out.println(value == null ? json : json.put("value", ByteString.copyFrom(value)));
        } else if (value == null) {
          System.err.println("plinth: the key '" + key + "' is not there");
        } else {
          print(value);
        }
        return value == null ? NOT_THERE : 0;
      }
    }
  }

  /// `delete`: removes a key.
  @Command(name = "delete", description = "Removes a key; exit code 1 when it was not there.")
  static final class Delete implements Callable<Integer> {
    @Mixin private ClientMixin client;

    @Parameters(index = "0", paramLabel = "KEY", description = "The key.")
    private String key;

    @Override
    public Integer call() {
      try (KvClient kv = client.open()) {
        boolean found = kv.delete(bytes(key));
        if (client.json()) {
          System.out.println(new Json().put("key", key).put("found", found));
        } else if (!found) {
          System.err.println("plinth: the key '" + key + "' was not there");
        }
        return found ? 0 : NOT_THERE;
      }
    }
  }

  /// `scan`: reads a range.
  @Command(
      name = "scan",
      description = "Prints keys and values of a range in key order, a tab between them.")
  static final class Scan implements Callable<Integer> {
    @Mixin private ClientMixin client;

    @Parameters(
        index = "0",
        arity = "0..1",
        paramLabel = "FROM",
        description = "The first key; from the first of all when it is left out.")
    private @Nullable String from;

    @Parameters(
        index = "1",
        arity = "0..1",
        paramLabel = "TO",
        description = "The last key, inclusive.")
    private @Nullable String to;

    @Option(names = "--prefix", paramLabel = "P", description = "Only keys that begin so.")
    private String prefix = "";

    @Option(names = "--limit", paramLabel = "N", description = "At most so many entries.")
    private int limit;

    @Option(
        names = "--all",
        description = "Read page after page to the end; each page is a read of its own.")
    private boolean all;

    @Option(names = "--stale", description = "Take what the server has, however old it is.")
    private boolean stale;

    @Override
    public Integer call() {
      ScanRequest.Builder request =
          ScanRequest.newBuilder()
              .setPrefix(ByteString.copyFromUtf8(prefix))
              .setLimit(all && limit == 0 ? 1000 : limit);
      if (stale) {
        request.setMode(dev.plinth.kv.proto.ReadMode.STALE);
      }
      if (from != null) {
        request.setFrom(ByteString.copyFromUtf8(from));
      }
      if (to != null) {
        request.setTo(ByteString.copyFromUtf8(to));
      }
      try (KvClient kv = client.open()) {
        ScanResponse page = kv.scan(request.build());
        List<Json> entries = new ArrayList<>();
        show(page, entries);
        while (all && page.getMore()) {
          page = kv.scan(request.setAfter(page.getNext()).build());
          show(page, entries);
        }
        if (client.json()) {
          System.out.println(new Json().put("entries", entries).put("more", page.getMore()));
        } else if (page.getMore()) {
          System.err.println("plinth: there is more; --all reads it");
        }
        return 0;
      }
    }

    private void show(ScanResponse page, List<Json> entries) {
      for (Entry entry : page.getEntriesList()) {
        if (client.json()) {
          entries.add(new Json().put("key", entry.getKey()).put("value", entry.getValue()));
        } else {
          print(entry.getKey().toByteArray(), new byte[] {'\t'}, entry.getValue().toByteArray());
        }
      }
    }
  }

  /// `cas`: changes a key under a condition.
  @Command(
      name = "cas",
      description = {
        "Changes a key if its value is the one expected; exit code 1 when it is not.",
        "cas k v --expect old | cas k v --absent | cas k --remove --expect old"
      })
  static final class CompareAndSet implements Callable<Integer> {
    @Mixin private ClientMixin client;

    @Spec private CommandSpec spec;

    @Parameters(index = "0", paramLabel = "KEY", description = "The key.")
    private String key;

    @Parameters(
        index = "1",
        arity = "0..1",
        paramLabel = "VALUE",
        description = "The new value; none with --remove.")
    private @Nullable String value;

    @ArgGroup(multiplicity = "1")
    private Expected expected;

    @Option(names = "--remove", description = "Remove the key instead.")
    private boolean remove;

    /// What is expected.
    static final class Expected {
      @Option(names = "--expect", paramLabel = "V", description = "This value is expected.")
      private @Nullable String value;

      @Option(names = "--absent", description = "The key is expected not to be there.")
      private boolean absent;
    }

    @Override
    public Integer call() {
      if (remove == (value != null)) {
        throw new ParameterException(
            spec.commandLine(), "give a new value or --remove, and not both");
      }
      try (KvClient kv = client.open()) {
        CompareAndSetResponse answer =
            kv.compareAndSet(
                bytes(key),
                expected.absent || expected.value == null ? null : bytes(expected.value),
                value == null ? null : value(value));
        if (client.json()) {
          Json json = new Json().put("key", key).put("applied", answer.getApplied());
          if (!answer.getApplied() && answer.getCurrentKnown()) {
            json.put("found", answer.getFound());
            if (answer.getFound()) {
              json.put("current", answer.getCurrent());
            }
          }
          System.out.println(json);
        } else if (!answer.getApplied()) {
          System.err.println(
              "plinth: not changed: the key '"
                  + key
                  + "' "
                  + (answer.getFound() ? "has another value" : "is not there"));
        }
        return answer.getApplied() ? 0 : NOT_THERE;
      }
    }
  }

  /// `batch`: several changes in one step.
  @Command(
      name = "batch",
      description = {
        "Applies several changes in one step: 'put KEY VALUE' or 'delete KEY', each one argument.",
        "Without arguments they are read from standard input, one a line."
      })
  static final class Batch implements Callable<Integer> {
    @Mixin private ClientMixin client;

    @Spec private CommandSpec spec;

    @Parameters(arity = "0..*", paramLabel = "CHANGE", description = "A change.")
    private List<String> changes = new ArrayList<>();

    @Override
    public Integer call() {
      List<String> lines =
          changes.isEmpty()
              ? new String(value("-"), StandardCharsets.UTF_8)
                  .lines()
                  .filter(line -> !line.isBlank())
                  .toList()
              : changes;
      List<Change> parsed = new ArrayList<>();
      for (String line : lines) {
        parsed.add(parse(line));
      }
      try (KvClient kv = client.open()) {
        BatchResponse answer = kv.batch(parsed);
        if (client.json()) {
          System.out.println(
              new Json()
                  .put("changes", parsed.size())
                  .put("removed", answer.getRemoved())
                  .put("index", answer.getIndex()));
        }
        return 0;
      }
    }

    private Change parse(String line) {
      String[] words = line.strip().split("\\s+", 3);
      Change.Builder change = Change.newBuilder();
      if (words.length >= 2) {
        change.setKey(ByteString.copyFromUtf8(words[1]));
      }
      if (words[0].equals("put") && words.length >= 2) {
        return change.setPut(ByteString.copyFromUtf8(words.length > 2 ? words[2] : "")).build();
      }
      if (words[0].equals("delete") && words.length == 2) {
        return change.setRemove(true).build();
      }
      throw new ParameterException(
          spec.commandLine(),
          "'" + line.strip() + "' is no change: 'put KEY VALUE' or 'delete KEY' is expected");
    }
  }
}
