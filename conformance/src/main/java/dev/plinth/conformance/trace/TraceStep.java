package dev.plinth.conformance.trace;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

/// A step of a trace. Paths are the names that files have when the step happens, also when they
/// were opened under another.
public sealed interface TraceStep {
  /// A file came to be.
  record Created(Path path) implements TraceStep {}

  /// Bytes were handed to the operating system.
  ///
  /// @param bytes a copy, on the heap
  record Written(Path path, long offset, MemorySegment bytes) implements TraceStep {}

  /// A file was cut.
  record Cut(Path path, long size) implements TraceStep {}

  /// A file was synced.
  record Synced(Path path) implements TraceStep {}

  /// A sync of a file failed.
  record SyncFailed(Path path) implements TraceStep {}

  /// A folder was synced.
  record FolderSynced(Path path) implements TraceStep {}

  /// A file got another name.
  record Renamed(Path from, Path to) implements TraceStep {}

  /// A file got a second name.
  record Linked(Path existing, Path link) implements TraceStep {}

  /// A name went.
  record Deleted(Path path) implements TraceStep {}

  /// What the driver says.
  ///
  /// @param what its kind
  /// @param number its meaning depends on the kind
  /// @param text its meaning depends on the kind
  record Told(String what, long number, String text) implements TraceStep {}
}
