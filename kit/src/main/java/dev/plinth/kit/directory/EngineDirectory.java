package dev.plinth.kit.directory;

import dev.plinth.spi.EngineOptions;
import dev.plinth.spi.StorageException;
import dev.plinth.spi.disk.Disk;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/// A directory that one engine has open: locked, known to be its own, its options written down.
///
/// It holds `LOCK` (empty, locked while open), `IDENTITY` ([IdentityFormat]) and `OPTIONS` (text,
/// for people), drawn in `docs/formats/engine-directory.md`; the rest is the engine's. A crash at
/// any moment of creation leaves a directory that opens. A directory that is refused is left as it
/// was. Any thread may call it.
public final class EngineDirectory implements AutoCloseable {
  /// The file that is locked while the directory is open.
  public static final String LOCK = "LOCK";

  /// The file that says whose the directory is.
  public static final String IDENTITY = "IDENTITY";

  /// The file that says how the directory was opened last.
  public static final String OPTIONS = "OPTIONS";

  private static final System.Logger LOGGER = System.getLogger("dev.plinth");
  private static final Set<String> OWN_NAMES =
      Set.of(
          LOCK,
          IDENTITY,
          OPTIONS,
          IDENTITY + SmallFiles.UNFINISHED,
          OPTIONS + SmallFiles.UNFINISHED);

  /// What a directory may hold before its identity is there; the last is ext4's, at the root of a
  /// file system.
  private static final Set<String> UNFINISHED_NAMES =
      Set.of(LOCK, IDENTITY + SmallFiles.UNFINISHED, "lost+found");

  private final Disk disk;
  private final Path path;
  private final IdentityFormat.Identity identity;
  private final boolean created;
  private final Disk.Lock lock;

  private EngineDirectory(
      Disk disk, Path path, IdentityFormat.Identity identity, boolean created, Disk.Lock lock) {
    this.disk = disk;
    this.path = path;
    this.identity = identity;
    this.created = created;
    this.lock = lock;
  }

  /// Opens a directory, or makes a new one when it is missing or empty.
  ///
  /// @param path the directory
  /// @param engine the engine's name: lower case, digits and hyphens, at most 23 characters
  /// @param formatVersion the newest version of its files that the engine reads, and the one it
  ///   writes; 1 or more
  /// @param options written to `OPTIONS` when they differ from what is there
  /// @throws StorageException.Locked when it is open elsewhere
  /// @throws StorageException.UnsupportedFormat when it belongs to another engine, a newer version,
  ///   or something unknown
  /// @throws StorageException.Corrupt when its identity is damaged
  public static EngineDirectory open(
      Disk disk, Path path, String engine, int formatVersion, EngineOptions options) {
    requireName(engine, formatVersion);
    Path directory = path.toAbsolutePath();
    boolean found = check(disk, directory, engine, formatVersion);
    if (!found) {
      SmallFiles.makeDurable(disk, directory);
    }
    Disk.Lock lock = disk.lock(directory.resolve(LOCK));
    try {
      boolean present = check(disk, directory, engine, formatVersion);
      if (present && isUsed(disk, directory)) {
        // Whoever made it may have been killed before its name was durable.
        disk.syncDirectory(directory);
      } else {
        // Also when there is an identity and nothing else: the sync of its name may have failed,
        // and what a failed sync lost does not come back with the next one.
        writeIdentity(disk, directory, engine, formatVersion, UUID.randomUUID());
      }
      writeOptions(disk, directory, engine, options);
      return new EngineDirectory(disk, directory, readIdentity(disk, directory), !present, lock);
    } catch (Throwable e) {
      lock.close();
      throw e;
    }
  }

  /// Makes an empty directory for a checkpoint, durable by name. Fill it, then [#stamp] it: without
  /// the stamp, that is after a crash in the middle, no engine opens it.
  ///
  /// @throws StorageException.InvalidConfiguration when there is something in it
  public static void prepare(Disk disk, Path path) {
    Path directory = path.toAbsolutePath();
    List<String> names = disk.list(directory);
    if (!names.isEmpty()) {
      throw new StorageException.InvalidConfiguration(
          directory + ": holds " + names.getFirst() + "; name a new or an empty directory");
    }
    SmallFiles.makeDurable(disk, directory);
  }

  /// Makes a filled directory an engine's own, under a new store id. The last step of a checkpoint:
  /// all other files must be durable, their names are made so here.
  public static void stamp(
      Disk disk, Path path, String engine, int formatVersion, EngineOptions options) {
    stamp(disk, path, engine, formatVersion, options, UUID.randomUUID());
  }

  /// As [#stamp(Disk, Path, String, int, EngineOptions)], under a store id that files of the
  /// checkpoint name already.
  public static void stamp(
      Disk disk, Path path, String engine, int formatVersion, EngineOptions options, UUID storeId) {
    requireName(engine, formatVersion);
    Path directory = path.toAbsolutePath();
    writeOptions(disk, directory, engine, options);
    disk.syncDirectory(directory);
    writeIdentity(disk, directory, engine, formatVersion, storeId);
  }

  /// Whether a file of this name belongs to this class and not to the engine.
  public static boolean isOwnName(String name) {
    return OWN_NAMES.contains(name);
  }

  /// The directory, as an absolute path.
  public Path path() {
    return path;
  }

  /// The disk it is on.
  public Disk disk() {
    return disk;
  }

  /// A file in the directory.
  public Path file(String name) {
    return path.resolve(name);
  }

  /// The random number that tells this store from all others.
  public UUID storeId() {
    return identity.storeId();
  }

  /// The version of the engine's files at creation: at most the version it was opened with.
  public int formatVersion() {
    return identity.formatVersion();
  }

  /// Whether this open made the directory an engine's own.
  public boolean created() {
    return created;
  }

  /// Releases the lock; a second call does nothing.
  @Override
  public void close() {
    lock.close();
  }

  /// Refuses what is not this engine's; changes nothing.
  ///
  /// @return whether there is an identity
  private static boolean check(Disk disk, Path directory, String engine, int formatVersion) {
    List<String> names = disk.list(directory);
    if (!names.contains(IDENTITY)) {
      names.stream()
          .filter(name -> !UNFINISHED_NAMES.contains(name))
          .findFirst()
          .ifPresent(name -> refuseForeign(directory, name));
      return false;
    }
    IdentityFormat.Identity identity = readIdentity(disk, directory);
    if (!identity.engine().equals(engine)) {
      throw new StorageException.UnsupportedFormat(
          directory
              + ": belongs to the engine "
              + identity.engine()
              + ", not "
              + engine
              + "; open it with engine = "
              + identity.engine()
              + ", or name another directory");
    }
    if (identity.formatVersion() > formatVersion) {
      throw new StorageException.UnsupportedFormat(
          directory
              + ": has version "
              + identity.formatVersion()
              + " of the format of "
              + engine
              + ", this release reads up to "
              + formatVersion
              + "; open it with a newer release");
    }
    return true;
  }

  /// Whether an engine has put anything there.
  private static boolean isUsed(Disk disk, Path directory) {
    return disk.list(directory).stream()
        .anyMatch(name -> !OWN_NAMES.contains(name) && !UNFINISHED_NAMES.contains(name));
  }

  private static void refuseForeign(Path directory, String name) {
    throw new StorageException.UnsupportedFormat(
        directory
            + ": has no "
            + IDENTITY
            + " but holds "
            + name
            + ": it is not a store, or a checkpoint that was not finished; name another directory");
  }

  private static IdentityFormat.Identity readIdentity(Disk disk, Path directory) {
    Path file = directory.resolve(IDENTITY);
    return IdentityFormat.decode(file, SmallFiles.read(disk, file));
  }

  private static void writeIdentity(
      Disk disk, Path directory, String engine, int formatVersion, UUID storeId) {
    IdentityFormat.Identity identity = new IdentityFormat.Identity(engine, formatVersion, storeId);
    SmallFiles.replace(disk, directory.resolve(IDENTITY), IdentityFormat.encode(identity));
  }

  private static void writeOptions(
      Disk disk, Path directory, String engine, EngineOptions options) {
    Path file = directory.resolve(OPTIONS);
    byte[] bytes = text(engine, options).getBytes(StandardCharsets.UTF_8);
    if (disk.exists(file) && Arrays.equals(bytes, SmallFiles.read(disk, file))) {
      return;
    }
    try {
      SmallFiles.replace(disk, file, bytes);
    } catch (StorageException.NoSpace e) {
      // Nobody reads it but people: a store must open on a full disk.
      LOGGER.log(System.Logger.Level.WARNING, "options not written down: {0}", e.getMessage());
    }
  }

  private static String text(String engine, EngineOptions options) {
    StringBuilder text =
        new StringBuilder(
                "# How this store was opened last. Written for people; nothing reads it.\n")
            .append("engine = ")
            .append(engine)
            .append('\n');
    for (Map.Entry<String, String> option : options.texts().entrySet()) {
      text.append(option.getKey()).append(" = ").append(option.getValue()).append('\n');
    }
    return text.toString();
  }

  private static void requireName(String engine, int formatVersion) {
    if (!engine.matches("[a-z0-9-]{1," + IdentityFormat.NAME_BYTES_MAX + "}")) {
      throw new IllegalArgumentException("not the name of an engine: " + engine);
    }
    if (formatVersion < 1) {
      throw new IllegalArgumentException("formatVersion must be 1 or more");
    }
  }
}
