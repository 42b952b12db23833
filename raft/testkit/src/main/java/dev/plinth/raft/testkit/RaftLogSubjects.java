package dev.plinth.raft.testkit;

import dev.plinth.conformance.lab.LabSubjectProvider;
import dev.plinth.conformance.lab.LabSubjects;
import dev.plinth.conformance.lab.Subject;
import dev.plinth.raft.store.EngineLog;
import dev.plinth.raft.store.SegmentedLog;
import dev.plinth.spi.EngineEnvironment;
import dev.plinth.spi.Engines;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Our own log stores for `./plinth lab`: `raft-log`, `raft-meta` (the same store under scripts
/// about vote and term), and `raft-log-on-ENGINE` for every engine of ours on the class path, with
/// `@log` behind it where the engine names a set of options for logs.
public final class RaftLogSubjects implements LabSubjectProvider {
  /// The name of the segmented log.
  public static final String SEGMENTED = "raft-log";

  /// The name of the segmented log as a store of vote and term.
  public static final String METADATA = "raft-meta";

  private static final String SMALL = "tiny";
  private static final String FOR_LOGS = "log";
  private static final String ON_ENGINE = "raft-log-on-";

  /// For the service loader.
  public RaftLogSubjects() {}

  @Override
  public List<Subject> subjects() {
    List<Subject> subjects = new ArrayList<>();
    subjects.add(new RaftLogSubject(SEGMENTED, segmented()));
    subjects.add(RaftLogSubject.ofMetadata(METADATA, segmented()));
    for (String engine : Engines.names()) {
      if (!Engines.provider(engine).foreign()) {
        subjects.add(new RaftLogSubject(ON_ENGINE + engine, onEngine(engine)));
        if (optionSets(engine).containsKey(FOR_LOGS)) {
          String name = ON_ENGINE + engine + "@" + FOR_LOGS;
          subjects.add(new RaftLogSubject(name, onEngine(engine, FOR_LOGS)));
        }
      }
    }
    return subjects;
  }

  /// The segmented log with segments of 4 KiB, so that short scripts roll, recycle and move.
  public static RaftLogFactory segmented() {
    Map<String, String> small =
        Map.of(
            "segment.bytes", "4KiB",
            "buffer.bytes", "4KiB",
            "segments.recycled", "1",
            "prefill.bytes", "2KiB",
            "recovery.threads", "2",
            "segments.min", "2");
    return (disk, directory, background) ->
        SegmentedLog.open(
            directory,
            small,
            EngineEnvironment.standard()
                .withDisk(disk)
                .withBackground(background)
                .withEvents(_ -> {}));
  }

  /// A log on an engine, with the set of small options that the engine names for the laboratory, so
  /// that short scripts flush, merge and roll; with its standard options when it names none.
  public static RaftLogFactory onEngine(String engine) {
    return onEngine(engine, SMALL);
  }

  private static Map<String, Map<String, String>> optionSets(String engine) {
    return LabSubjects.namedOptionSets(Engines.provider(engine));
  }

  /// The same with another set of options.
  ///
  /// @param set the name that the engine gives it
  public static RaftLogFactory onEngine(String engine, String set) {
    Map<String, String> options = new TreeMap<>(optionSets(engine).getOrDefault(set, Map.of()));
    options.put(Engines.ENGINE_KEY, engine);
    return (disk, directory, background) ->
        EngineLog.open(
            directory,
            options,
            EngineEnvironment.standard()
                .withDisk(disk)
                .withBackground(background)
                .withEvents(_ -> {}));
  }
}
