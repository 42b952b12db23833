package dev.plinth.bench.run;

import dev.plinth.bench.cell.CellSpec;
import dev.plinth.bench.report.Rows;
import dev.plinth.bench.result.Cell;
import dev.plinth.bench.result.JsonFile;
import dev.plinth.bench.result.Run;
import dev.plinth.spi.StorageException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/// The folder of one run: `results.json`, `report.html`, raw histograms, finished cells, logs.
public final class RunFolder {
  private final Path folder;

  private RunFolder(Path folder) {
    this.folder = folder;
  }

  /// Makes or reopens the folder of a run.
  ///
  /// @param resume whether cells that are finished there are kept
  /// @throws StorageException.InvalidConfiguration when it holds a run already that is not resumed
  public static RunFolder open(Path folder, boolean resume) {
    RunFolder run = new RunFolder(folder.toAbsolutePath());
    if (!resume && Files.exists(run.results())) {
      throw new StorageException.InvalidConfiguration(
          folder + " holds a run already; add --resume to go on with it, or name another --out");
    }
    try {
      for (String name : new String[] {"cells", "histograms", "logs", "traces"}) {
        Files.createDirectories(run.folder.resolve(name));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(
          "the folder for results cannot be made: "
              + FileTrouble.words(e)
              + "; name another one by --out",
          e);
    }
    return run;
  }

  /// Where it is.
  public Path path() {
    return folder;
  }

  /// The results.
  public Path results() {
    return folder.resolve("results.json");
  }

  /// The report.
  public Path report() {
    return folder.resolve("report.html");
  }

  /// The raw histogram of a cell.
  Path histogram(CellSpec spec) {
    return folder.resolve(spec.place().histogramName());
  }

  /// The cell that an earlier run of the same spec has finished here.
  Optional<Cell> finished(CellSpec spec) {
    Path specFile = folder.resolve("cells").resolve(spec.id() + ".spec.json");
    Path result = folder.resolve("cells").resolve(spec.id() + ".result.json");
    if (!Files.exists(specFile) || !Files.exists(result)) {
      return Optional.empty();
    }
    CellSpec earlier = JsonFile.read(specFile, CellSpec.class);
    Cell cell = JsonFile.read(result, Cell.class);
    return earlier.essence().equals(spec.essence()) && cell.isOk()
        ? Optional.of(cell)
        : Optional.empty();
  }

  /// Writes the results.
  public void write(Run run) {
    JsonFile.write(results(), run.withRows(Rows.of(run.cells())));
  }
}
