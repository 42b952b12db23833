package dev.plinth.kit.manifest;

import java.lang.foreign.MemorySegment;

/// Takes edits one by one, in order: shown what a manifest holds, or given what a snapshot consists
/// of.
@FunctionalInterface
public interface EditVisitor {
  /// One edit. The memory is used until this method returns.
  void edit(MemorySegment segment, long offset, int length);
}
