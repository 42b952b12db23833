package dev.plinth.engine.jungle.table;

import dev.plinth.kit.memory.KeyHash;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// Collects the hashes of all keys of leaves. Not thread-safe.
final class LeafHashes {
  private final HashList target;
  private final LeafPage page = new LeafPage();
  private MemorySegment key = Arena.ofAuto().allocate(256, 8);

  LeafHashes(HashList target) {
    this.target = target;
  }

  void add(MemorySegment segment, long position, int bytes) {
    page.open(segment, position, bytes);
    reserve(page.prefixLength());
    MemorySegment.copy(segment, page.prefix(), key, 0, page.prefixLength());
    for (int i = 0; i < page.count(); i++) {
      page.entry(i);
      reserve(page.keyLength());
      MemorySegment.copy(segment, page.suffix(), key, page.prefixLength(), page.suffixLength());
      target.add(KeyHash.of(key, 0, page.keyLength()));
    }
  }

  private void reserve(int bytes) {
    if (bytes > key.byteSize()) {
      MemorySegment larger = Arena.ofAuto().allocate(2L * bytes, 8);
      MemorySegment.copy(key, 0, larger, 0, key.byteSize());
      key = larger;
    }
  }
}
