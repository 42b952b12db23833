package dev.plinth.raft.testkit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/// Times synced appends of two stores of one library, turn by turn, from one thread, as a library's
/// own thread appends: ours and the library's. Prints the rates and writes them down as JSON.
public final class LogComparison {
  private static final int ROUNDS = 3;
  private static final int ENTRY_BYTES = 256;
  private static final int[] BATCHES = {1, 16, 128};
  private static final long ROUND_NANOS = 4_000_000_000L;
  private static final int WARM_APPENDS = 300;

  /// One of the two.
  ///
  /// @param name for people
  /// @param opener makes an empty store in a folder
  public record Candidate(String name, Opener opener) {}

  /// Makes a store.
  public interface Opener {
    /// Makes one in an empty folder.
    Appender open(Path folder) throws Exception;
  }

  /// An open store.
  public interface Appender extends AutoCloseable {
    /// Appends entries of the same command behind the last one, durably.
    void append(int count, byte[] command) throws Exception;

    @Override
    void close() throws IOException;
  }

  private LogComparison() {}

  /// Runs it.
  ///
  /// @param library its name
  /// @param folder for the stores; they are removed afterwards
  /// @param output the file of results
  /// @param ours the first of the two
  /// @param theirs the other
  public static void run(String library, Path folder, Path output, Candidate ours, Candidate theirs)
      throws Exception {
    List<String> rows = new ArrayList<>();
    for (int batch : BATCHES) {
      double[][] rates = new double[2][ROUNDS];
      for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < 2; i++) {
          rates[i][round] = rate(i == 0 ? ours : theirs, folder, batch);
        }
      }
      rows.add(row(batch, ours.name(), rates[0], theirs.name(), rates[1]));
      System.out.println(rows.getLast());
    }
    Files.writeString(
        output,
        """
        {
          "library": "%s",
          "commit": "%s",
          "java": "%s",
          "entryBytes": %d,
          "roundSeconds": %d,
          "entriesPerSecond": [
            %s
          ]
        }
        """
            .formatted(
                library,
                System.getProperty("plinth.commit", "unknown"),
                Runtime.version(),
                ENTRY_BYTES,
                ROUND_NANOS / 1_000_000_000L,
                String.join(",\n    ", rows)));
  }

  private static double rate(Candidate candidate, Path folder, int batch) throws Exception {
    Path own = Files.createDirectories(folder.resolve(candidate.name()));
    byte[] command = new byte[ENTRY_BYTES];
    Arrays.fill(command, (byte) 'x');
    try (Appender appender = candidate.opener().open(own)) {
      for (int i = 0; i < WARM_APPENDS; i++) {
        appender.append(batch, command);
      }
      long start = System.nanoTime();
      long entries = 0;
      long now = start;
      while (now - start < ROUND_NANOS) {
        appender.append(batch, command);
        entries += batch;
        now = System.nanoTime();
      }
      return entries * 1e9 / (now - start);
    } finally {
      remove(own);
    }
  }

  private static String row(int batch, String a, double[] ours, String b, double[] theirs) {
    Arrays.sort(ours);
    Arrays.sort(theirs);
    return String.format(
        Locale.ROOT,
        "{\"batch\": %d, \"%s\": %s, \"%s\": %s, \"ratioOfMedians\": %.2f}",
        batch,
        a,
        rounded(ours),
        b,
        rounded(theirs),
        ours[ROUNDS / 2] / theirs[ROUNDS / 2]);
  }

  private static String rounded(double[] rates) {
    return Arrays.toString(Arrays.stream(rates).mapToLong(Math::round).toArray());
  }

  private static void remove(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
