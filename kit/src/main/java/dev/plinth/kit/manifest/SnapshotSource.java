package dev.plinth.kit.manifest;

/// Describes the whole state as edits, for a new manifest that starts with them.
@FunctionalInterface
public interface SnapshotSource {
  /// Hands the state over: everything that was shown by [ManifestLog#open] and every edit that was
  /// installed since, and nothing else. Called on the thread that commits while no edit is being
  /// installed.
  void write(EditVisitor target);
}
