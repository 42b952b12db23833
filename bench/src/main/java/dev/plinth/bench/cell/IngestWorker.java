package dev.plinth.bench.cell;

import dev.plinth.bench.workload.FolderTree;
import dev.plinth.bench.workload.FolderTree.Part;
import dev.plinth.spi.Durability;
import dev.plinth.spi.Engine;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;

/// Writes the files of a folder, each `threads`-th entry. A step reads the file and writes the
/// entry.
final class IngestWorker extends Worker {
  private final Engine engine;
  private final List<Part> parts;
  private final int threads;
  private final Durability durability;
  private final MemorySegment content = Arena.ofAuto().allocate(FolderTree.PART_BYTES, 8);
  private int at;
  private long bytesWritten;

  IngestWorker(Engine engine, FolderTree tree, int thread, int threads, Durability durability) {
    super(thread >= tree.parts().size() ? 0 : (tree.parts().size() - 1 - thread) / threads + 1, 1);
    this.engine = engine;
    this.parts = tree.parts();
    this.threads = threads;
    this.durability = durability;
    this.at = thread;
  }

  @Override
  void step() {
    Part part = parts.get(at);
    at += threads;
    FolderTree.read(part, content);
    MemorySegment key = MemorySegment.ofArray(part.key());
    engine.put(key, 0, part.key().length, content, 0, part.length(), durability);
    bytesWritten += part.key().length + (long) part.length();
  }

  @Override
  long bytesWritten() {
    return bytesWritten;
  }
}
