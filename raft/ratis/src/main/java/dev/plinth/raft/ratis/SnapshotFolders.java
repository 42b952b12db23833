package dev.plinth.raft.ratis;

import dev.plinth.raft.store.StateExport;
import dev.plinth.raft.store.StateMachineStore;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.ratis.server.protocol.TermIndex;
import org.apache.ratis.server.storage.FileInfo;
import org.apache.ratis.server.storage.RaftStorage;
import org.apache.ratis.statemachine.SnapshotInfo;
import org.apache.ratis.statemachine.SnapshotRetentionPolicy;
import org.apache.ratis.statemachine.StateMachineStorage;
import org.apache.ratis.statemachine.impl.FileListSnapshotInfo;
import org.jspecify.annotations.Nullable;

/// Snapshots as folders of files in Ratis's folder for state machines, each named
/// `snapshot.TERM_INDEX`; a folder has its name when it is whole. Any thread.
final class SnapshotFolders implements StateMachineStorage {
  private static final Pattern NAME = Pattern.compile("snapshot\\.(\\d{1,18})_(\\d{1,18})");
  private static final String UNFINISHED = "unfinished";
  private static final String DIGEST = ".md5";

  private volatile @Nullable Path directory;
  private volatile @Nullable SnapshotInfo latest;

  @Override
  public void init(RaftStorage storage) throws IOException {
    directory = storage.getStorageDir().getStateMachineDir().toPath();
    load();
  }

  private Path directory() {
    return Objects.requireNonNull(directory, "Ratis has not named its folder yet");
  }

  /// Looks for the newest snapshot.
  @Nullable SnapshotInfo load() throws IOException {
    List<TermIndex> found = list();
    latest = found.isEmpty() ? null : info(found.getLast());
    return latest;
  }

  /// What is there, the oldest first.
  private List<TermIndex> list() throws IOException {
    TreeMap<Long, TermIndex> byIndex = new TreeMap<>();
    Path where = directory();
    if (Files.isDirectory(where)) {
      try (Stream<Path> files = Files.list(where)) {
        for (Path file : files.toList()) {
          Matcher name = NAME.matcher(String.valueOf(file.getFileName()));
          if (name.matches() && Files.isDirectory(file)) {
            long index = Long.parseLong(name.group(2));
            byIndex.put(index, TermIndex.valueOf(Long.parseLong(name.group(1)), index));
          }
        }
      }
    }
    return List.copyOf(byIndex.values());
  }

  /// The folder of a snapshot.
  Path folder(TermIndex at) {
    return directory().resolve("snapshot." + at.getTerm() + "_" + at.getIndex());
  }

  private SnapshotInfo info(TermIndex at) throws IOException {
    List<FileInfo> files = new ArrayList<>();
    try (Stream<Path> walk = Files.walk(folder(at))) {
      for (Path file : walk.filter(Files::isRegularFile).sorted().toList()) {
        if (!file.toString().endsWith(DIGEST)) {
          files.add(new FileInfo(file, null));
        }
      }
    }
    return new FileListSnapshotInfo(files, at);
  }

  /// Exports a state; it counts when the folder has its name.
  void save(StateMachineStore store, TermIndex at) throws IOException {
    Path unfinished = directory().resolve(UNFINISHED);
    delete(unfinished);
    Files.createDirectories(unfinished);
    try (StateExport export = store.export(unfinished)) {
      export.write();
    }
    Path folder = folder(at);
    delete(folder);
    Files.move(unfinished, folder, StandardCopyOption.ATOMIC_MOVE);
    try (FileChannel channel = FileChannel.open(directory(), StandardOpenOption.READ)) {
      channel.force(true);
    }
    latest = info(at);
  }

  /// Removes the digests that Ratis leaves beside the files of a snapshot that it was given.
  void tidy(TermIndex at) throws IOException {
    try (Stream<Path> walk = Files.walk(folder(at))) {
      for (Path file : walk.filter(path -> path.toString().endsWith(DIGEST)).toList()) {
        Files.delete(file);
      }
    }
  }

  @Override
  public @Nullable SnapshotInfo getLatestSnapshot() {
    return latest;
  }

  @Override
  public void format() throws IOException {
    for (TermIndex at : list()) {
      delete(folder(at));
    }
    latest = null;
  }

  /// Keeps as many as the policy says, at least the newest.
  @Override
  public void cleanupOldSnapshots(@Nullable SnapshotRetentionPolicy policy) throws IOException {
    int kept = policy == null ? -1 : policy.getNumSnapshotsRetained();
    List<TermIndex> all = list();
    for (int i = 0; kept > 0 && i < all.size() - kept; i++) {
      delete(folder(all.get(i)));
    }
  }

  private static void delete(Path folder) throws IOException {
    if (Files.isDirectory(folder)) {
      try (Stream<Path> walk = Files.walk(folder)) {
        for (Path path : walk.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(path);
        }
      }
    }
  }
}
