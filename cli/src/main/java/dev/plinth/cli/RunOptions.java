package dev.plinth.cli;

import dev.plinth.bench.plan.Matrix;
import dev.plinth.bench.plan.MatrixFile;
import dev.plinth.bench.plan.Plan;
import dev.plinth.bench.plan.Profile;
import dev.plinth.bench.plan.Setting;
import dev.plinth.bench.report.HtmlReport;
import dev.plinth.bench.report.Summary;
import dev.plinth.bench.report.Tables;
import dev.plinth.bench.result.Cell;
import dev.plinth.bench.result.JsonFile;
import dev.plinth.bench.result.Run;
import dev.plinth.bench.run.Campaign;
import dev.plinth.bench.run.DiskRoom;
import dev.plinth.bench.run.ProgressLine;
import dev.plinth.bench.run.RunFolder;
import dev.plinth.spi.StorageException;
import java.io.Console;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// The options of a run of the bench, and the run itself.
final class RunOptions {
  private static final DateTimeFormatter FOLDER_TIME =
      DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss", Locale.ROOT);

  @Mixin private MatrixOptions matrixOptions = new MatrixOptions();

  @Option(names = "--profile", paramLabel = "NAME", description = "quick, standard or full.")
  private String profile = "quick";

  @Option(
      names = "--matrix",
      paramLabel = "FILE",
      description =
          "Take settings from a .properties file: the names of the options below as keys, and"
              + " option.ENGINE.KEY. Options on the command line win.")
  private @Nullable Path matrixFile;

  @Option(
      names = "--option",
      paramLabel = "ENGINE[@NAME].KEY=VALUE",
      description = "An option of one engine; 'plinth engines' lists them. Repeatable.")
  private List<String> engineOptions = new ArrayList<>();

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "Where results go; plinth-results/TIME by default.")
  private @Nullable Path target;

  @Option(
      names = "--data",
      paramLabel = "DIR",
      description = "Where stores are made while they are measured; within --out by default.")
  private @Nullable Path data;

  @Option(names = "--json", description = "Print results.json instead of tables.")
  private boolean json;

  @Option(names = "--resume", description = "Keep the cells that are finished in --out.")
  private boolean resume;

  @Option(
      names = "--shard",
      paramLabel = "I/N",
      description = "Measure only the I-th of N parts; 'bench merge' joins them.")
  private @Nullable String shard;

  @Option(names = "--list", description = "Only list what would be measured.")
  private boolean list;

  /// Runs the bench and tells what came out.
  ///
  /// @param further settings that win over all others
  /// @return the exit code
  int run(PrintWriter out, Map<Setting, String> further) throws InterruptedException {
    Matrix matrix = matrix(further);
    Plan plan = Sharding.apply(Plan.of(matrix), shard);
    if (list) {
      plan.groups().stream()
          .flatMap(group -> group.cells().stream())
          .forEach(c -> out.println(c.id()));
      out.println(plan.cells() + " cells");
      out.flush();
      return 0;
    }
    if (resume && target == null) {
      throw new StorageException.InvalidConfiguration(
          "--resume needs to know which run; name its folder by --out");
    }
    Path folderPath = target != null ? target : folderOfNow();
    Path stores = data != null ? data : folderPath.resolve("stores");
    DiskRoom.require(matrix, stores);
    RunFolder folder = RunFolder.open(folderPath, resume);
    BuildFacts facts = BuildFacts.ofThisJar();
    ProgressLine progress = new ProgressLine(System.err, isTerminal(), plan.cells());
    Run run =
        new Campaign(matrix, plan, folder, stores, progress, facts.version(), facts.commit()).run();
    finish(run, folder, out);
    return run.cells().stream().anyMatch(cell -> cell.status().equals(Cell.FAILED)) ? 1 : 0;
  }

  /// Where results go when nobody says so.
  static Path folderOfNow() {
    return Path.of("plinth-results", LocalDateTime.now(ZoneId.systemDefault()).format(FOLDER_TIME));
  }

  /// Whether a person watches. The console is null or not, by version and settings of the Java that
  /// runs.
  @SuppressWarnings("SystemConsoleNull")
  static boolean isTerminal() {
    Console console = System.console();
    return console != null && console.isTerminal();
  }

  private Matrix matrix(Map<Setting, String> further) {
    Map<Setting, String> settings = new TreeMap<>();
    Map<String, SortedMap<String, String>> options = new TreeMap<>();
    if (matrixFile != null) {
      MatrixFile file = MatrixFile.read(matrixFile);
      settings.putAll(file.settings());
      options.putAll(file.options());
    }
    settings.putAll(matrixOptions.given());
    settings.putAll(further);
    engineOptions.forEach(option -> MatrixFile.addOption(options, option));
    return Matrix.of(Profile.of(profile), settings, options);
  }

  private void finish(Run run, RunFolder folder, PrintWriter to) {
    try {
      Files.writeString(folder.report(), HtmlReport.of(run));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    if (json) {
      to.println(JsonFile.text(run));
    } else {
      to.print(Tables.text(run));
      Summary.of(run).forEach(line -> to.println("- " + line));
      to.println();
      to.println("results: " + folder.results());
      to.println("report:  " + folder.report());
    }
    to.flush();
  }
}
