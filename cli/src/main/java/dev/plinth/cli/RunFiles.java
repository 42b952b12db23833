package dev.plinth.cli;

import dev.plinth.bench.result.JsonFile;
import dev.plinth.bench.result.Run;
import dev.plinth.spi.StorageException;
import java.nio.file.Files;
import java.nio.file.Path;

/// Finds the results that a user names by a folder or by the file itself.
final class RunFiles {
  private RunFiles() {}

  static Run read(Path named) {
    Path file = Files.isDirectory(named) ? named.resolve("results.json") : named;
    if (!Files.exists(file)) {
      throw new StorageException.InvalidConfiguration(
          named + " holds no results.json; name the folder of a finished run");
    }
    Run run = JsonFile.read(file, Run.class);
    if (run.schema() != Run.SCHEMA) {
      throw new StorageException.InvalidConfiguration(
          file + " has schema " + run.schema() + "; this release reads " + Run.SCHEMA);
    }
    return run;
  }
}
