package com.example.journal;

import dev.plinth.kit.disk.SystemDisk;
import dev.plinth.spi.Engine;
import dev.plinth.spi.EngineEnvironment;
import dev.plinth.spi.EngineOptions;
import dev.plinth.spi.EngineProvider;
import dev.plinth.spi.EngineTraits;
import dev.plinth.spi.OptionSpec;
import dev.plinth.spi.disk.Disk;
import java.nio.file.Path;
import java.util.List;

/// Makes engines named `journal`: found by the service loader.
public final class JournalProvider implements EngineProvider {
  static final String NAME = "journal";
  static final String SEGMENT_BYTES = "segment.bytes";
  static final EngineTraits TRAITS =
      new EngineTraits(
          1024,
          1 << 20,
          4 << 20,
          true,
          EngineTraits.CheckpointKind.COPIED,
          EngineTraits.LogOff.IGNORED,
          false);

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public String description() {
    return "a sorted map in memory with a journal: for small states";
  }

  @Override
  public List<OptionSpec> options() {
    return List.of(
        OptionSpec.bytes(
            SEGMENT_BYTES, "1MiB", 4 << 10, 1 << 30, "the length of a file of the journal"));
  }

  @Override
  public EngineTraits traits(EngineOptions options) {
    return TRAITS;
  }

  @Override
  public Engine open(Path directory, EngineOptions options, EngineEnvironment environment) {
    Disk disk = environment.disk();
    return new JournalEngine(disk == null ? new SystemDisk() : disk, directory, options);
  }
}
