package dev.plinth.raft.store;

import dev.plinth.spi.EngineEnvironment;
import dev.plinth.spi.Engines;
import dev.plinth.spi.StorageException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Map;
import java.util.Properties;
import java.util.SortedMap;
import java.util.TreeMap;

/// Which log store and which engine a node of a Raft library runs on: the same keys under every
/// library.
///
/// | key | meaning |
/// |---|---|
/// | `log.engine` | `segmented` (the default: a log made for it) or the name of an engine |
/// | `log.KEY` | any option of that log or engine, such as `log.segment.bytes = 16MiB` |
/// | `state.engine` | the engine of the state machine; there is no default |
/// | `state.KEY` | any option of that engine, such as `state.wal = off` |
///
/// The state machine's engine gets `wal = off` unless told otherwise: the Raft log replays what a
/// crash takes. An adapter may know further names for `log.engine`, such as its library's own log.
/// Immutable.
public final class StorageConfiguration {
  /// What `log.engine` calls the segmented log.
  public static final String SEGMENTED = "segmented";

  /// What the names of system properties begin with.
  public static final String PROPERTY_PREFIX = "plinth.raft.";

  private static final String LOG = "log.";
  private static final String STATE = "state.";
  private static final String WAL = "wal";

  private final SortedMap<String, String> log;
  private final SortedMap<String, String> state;
  private final EngineEnvironment environment;

  private StorageConfiguration(
      SortedMap<String, String> log,
      SortedMap<String, String> state,
      EngineEnvironment environment) {
    this.log = Collections.unmodifiableSortedMap(log);
    this.state = Collections.unmodifiableSortedMap(state);
    this.environment = environment;
  }

  /// Reads a configuration.
  ///
  /// @throws StorageException.InvalidConfiguration for a key that begins with neither `log.` nor
  ///   `state.`; options are checked when the store is opened
  public static StorageConfiguration of(Map<String, String> given) {
    return of(given, EngineEnvironment.standard());
  }

  /// Reads a configuration for a given environment: the disk, the threads, who is told of events.
  public static StorageConfiguration of(Map<String, String> given, EngineEnvironment environment) {
    SortedMap<String, String> log = new TreeMap<>();
    SortedMap<String, String> state = new TreeMap<>();
    given.forEach(
        (key, value) -> {
          if (key.startsWith(LOG)) {
            log.put(key.substring(LOG.length()), value.strip());
          } else if (key.startsWith(STATE)) {
            state.put(key.substring(STATE.length()), value.strip());
          } else {
            throw new StorageException.InvalidConfiguration(
                "unknown key '" + key + "': keys begin with 'log.' or 'state.'");
          }
        });
    log.putIfAbsent(Engines.ENGINE_KEY, SEGMENTED);
    state.putIfAbsent(WAL, "off");
    return new StorageConfiguration(log, state, environment);
  }

  /// Reads the system properties whose names begin with `plinth.raft.`, such as
  /// `-Dplinth.raft.log.engine=segmented`.
  public static StorageConfiguration ofSystemProperties() {
    SortedMap<String, String> given = new TreeMap<>();
    Properties properties = System.getProperties();
    for (String name : properties.stringPropertyNames()) {
      if (name.startsWith(PROPERTY_PREFIX)) {
        given.put(name.substring(PROPERTY_PREFIX.length()), properties.getProperty(name));
      }
    }
    return of(given);
  }

  /// What `log.engine` says.
  public String logEngine() {
    return log.getOrDefault(Engines.ENGINE_KEY, SEGMENTED);
  }

  /// The options of the log, with `engine`.
  public SortedMap<String, String> log() {
    return log;
  }

  /// The options of the state machine's engine, with `engine` when it was named.
  public SortedMap<String, String> state() {
    return state;
  }

  /// Opens a log in a directory of its own, for one caller. Several nodes of this process that name
  /// one directory share it with [SharedLogs].
  public GroupedLog openLog(Path directory) {
    if (!logEngine().equals(SEGMENTED)) {
      return EngineLog.open(directory, log, environment);
    }
    SortedMap<String, String> options = new TreeMap<>(log);
    options.remove(Engines.ENGINE_KEY);
    return SegmentedLog.open(directory, options, environment);
  }

  /// Opens the store of a state machine in a directory of its own.
  ///
  /// @throws StorageException.InvalidConfiguration when `state.engine` is missing or unknown
  public StateMachineStore openState(Path directory) {
    if (!state.containsKey(Engines.ENGINE_KEY)) {
      throw new StorageException.InvalidConfiguration(
          "state.engine is missing; name one of " + String.join(", ", Engines.names()));
    }
    return StateMachineStore.open(directory, state, environment);
  }
}
