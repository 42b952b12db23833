package dev.plinth.conformance.seeded;

import dev.plinth.spi.Engine;
import dev.plinth.spi.EngineEnvironment;
import dev.plinth.spi.EngineOptions;
import dev.plinth.spi.EngineProvider;
import dev.plinth.spi.EngineTraits;
import dev.plinth.spi.OptionSpec;
import dev.plinth.spi.StorageException;
import dev.plinth.spi.disk.Disk;
import dev.plinth.spi.disk.DiskFile;
import dev.plinth.spi.disk.OpenMode;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;

/// Makes engines of another provider with a bug.
///
/// @param provider makes the right engine
/// @param bug the bug
public record SeededProvider(EngineProvider provider, SeededBug bug) implements EngineProvider {
  private static final long ROOM_BYTES = 64 << 10;

  @Override
  public String name() {
    return provider.name();
  }

  @Override
  public String description() {
    return provider.description() + ", with a bug on purpose: " + bug;
  }

  @Override
  public List<OptionSpec> options() {
    return provider.options();
  }

  @Override
  public EngineTraits traits(EngineOptions options) {
    return provider.traits(options);
  }

  @Override
  public Engine open(Path directory, EngineOptions options, EngineEnvironment environment) {
    Disk disk = Objects.requireNonNull(environment.disk(), "a simulated disk");
    return switch (bug.seat()) {
      case DISK -> openOn(new SeededDisk(disk, bug, directory), directory, options, environment);
      case ENGINE ->
          new SeededEngine(
              provider.open(directory, options, environment), bug, environment.clockMillis());
      case OPENING -> openWrongly(disk, directory, options, environment);
    };
  }

  private Engine openOn(
      SeededDisk disk, Path directory, EngineOptions options, EngineEnvironment environment) {
    Engine engine = provider.open(directory, options, environment.withDisk(disk));
    disk.opened();
    return engine;
  }

  private Engine openWrongly(
      Disk disk, Path directory, EngineOptions options, EngineEnvironment environment) {
    if (bug == SeededBug.RECOVERY_NOT_SYNCED) {
      return openOn(new SeededDisk(disk, bug, directory), directory, options, environment);
    }
    if (bug == SeededBug.OPENING_NEEDS_ROOM) {
      takeRoom(disk, directory);
    }
    try {
      return provider.open(directory, options, environment);
    } catch (StorageException.Corrupt e) {
      if (bug == SeededBug.DAMAGED_STORE_BEGUN_ANEW) {
        empty(disk, directory);
      } else if (bug == SeededBug.DAMAGE_CUT_AWAY) {
        cut(disk, e.file(), e.offset());
      } else {
        throw e;
      }
    } catch (StorageException.UnsupportedFormat e) {
      if (bug != SeededBug.FOREIGN_STORE_TAKEN) {
        throw e;
      }
      empty(disk, directory);
    }
    return provider.open(directory, options, environment);
  }

  private static void takeRoom(Disk disk, Path directory) {
    Path path = directory.resolveSibling("room");
    if (disk.exists(directory)) {
      try (DiskFile file = disk.open(path, OpenMode.CREATE)) {
        file.reserve(ROOM_BYTES);
      } finally {
        if (disk.exists(path)) {
          disk.delete(path);
        }
      }
    }
  }

  private static void empty(Disk disk, Path directory) {
    disk.list(directory).forEach(name -> disk.delete(directory.resolve(name)));
  }

  private static void cut(Disk disk, Path path, long offset) {
    if (disk.exists(path)) {
      try (DiskFile file = disk.open(path, OpenMode.WRITE)) {
        file.truncate(offset);
        file.syncAll();
      }
    }
  }
}
