package dev.plinth.raft.store;

import dev.plinth.kit.memory.Layouts;
import dev.plinth.spi.ByteCause;
import dev.plinth.spi.disk.Disk;
import dev.plinth.spi.disk.DiskFile;
import dev.plinth.spi.disk.OpenMode;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/// A state machine being written to files of a folder, for libraries whose snapshots are files.
///
/// [StateMachineStore#export] freezes the state; [#write()] may run on another thread while entries
/// are applied. Where the engine's checkpoints are hard links the files are there at once, and no
/// byte of them is written; else the frozen state is copied by `write`. Any store installs the
/// folder with [StateMachineStore#importFrom], also one on another engine. Close it.
public final class StateExport implements AutoCloseable {
  private static final int CHUNK_BYTES = 1 << 20;

  private final Disk disk;
  private final Path folder;
  private final String engine;
  private final SortedMap<Long, StateMachineStore.Applied> applied;
  private final @Nullable StateSnapshot snapshot;

  /// @param snapshot what is to be copied; null when a checkpoint is there already
  StateExport(
      Disk disk,
      Path folder,
      String engine,
      SortedMap<Long, StateMachineStore.Applied> applied,
      @Nullable StateSnapshot snapshot) {
    this.disk = disk;
    this.folder = folder;
    this.engine = engine;
    this.applied = applied;
    this.snapshot = snapshot;
  }

  /// What the frozen state was applied up to; [StateMachineStore.Applied#NONE] for an unknown
  /// group.
  public StateMachineStore.Applied applied(long group) {
    return applied.getOrDefault(group, StateMachineStore.Applied.NONE);
  }

  /// Writes what is still missing, durably.
  ///
  /// @return the files, relative to the folder, parts separated by `/`
  public List<String> write() {
    StateFolder.Kind kind = StateFolder.Kind.CHECKPOINT;
    if (snapshot != null) {
      kind = StateFolder.Kind.CHUNKS;
      writeChunks(snapshot);
    }
    new StateFolder(kind, engine, applied).write(disk, folder);
    disk.syncDirectory(folder);
    List<String> files = new ArrayList<>();
    files.add(StateFolder.FILE);
    if (snapshot == null) {
      addFiles(folder.resolve(StateFolder.CHECKPOINT), StateFolder.CHECKPOINT, files);
    } else {
      files.add(StateFolder.CHUNKS);
    }
    return files;
  }

  private void writeChunks(StateSnapshot frozen) {
    MemorySegment length = MemorySegment.ofArray(new byte[Long.BYTES]);
    try (DiskFile file = disk.open(folder.resolve(StateFolder.CHUNKS), OpenMode.CREATE)) {
      long at = 0;
      MemorySegment chunk = frozen.next(CHUNK_BYTES);
      while (chunk != null) {
        length.set(Layouts.LONG, 0, chunk.byteSize());
        file.write(at, length, 0, Long.BYTES, ByteCause.OTHER);
        file.write(at + Long.BYTES, chunk, 0, chunk.byteSize(), ByteCause.OTHER);
        at += Long.BYTES + chunk.byteSize();
        chunk = frozen.next(CHUNK_BYTES);
      }
      file.syncAll();
    }
  }

  private void addFiles(Path path, String name, List<String> files) {
    for (String child : disk.list(path)) {
      Path below = path.resolve(child);
      if (StateFolder.isFolder(disk, below)) {
        addFiles(below, name + "/" + child, files);
      } else {
        files.add(name + "/" + child);
      }
    }
  }

  @Override
  public void close() {
    if (snapshot != null) {
      snapshot.close();
    }
  }
}
