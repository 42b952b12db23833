package dev.plinth.bench.cell;

import dev.plinth.bench.workload.FolderTree;
import dev.plinth.bench.workload.FolderTree.Part;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.function.Consumer;

/// Reads what is going to be ingested once, so that each engine finds it in the page cache.
final class FolderWarmUp implements Consumer<Part> {
  private final MemorySegment content = Arena.ofAuto().allocate(FolderTree.PART_BYTES, 8);

  @Override
  public void accept(Part part) {
    FolderTree.read(part, content);
  }
}
