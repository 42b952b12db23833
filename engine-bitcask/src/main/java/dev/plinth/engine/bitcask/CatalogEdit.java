package dev.plinth.engine.bitcask;

/// A change of the [Catalog], as the manifest keeps it.
sealed interface CatalogEdit {
  /// A data file is there, or has new figures.
  record File(FileEntry entry) implements CatalogEdit {}

  /// A data file is not needed any more.
  record Drop(int number) implements CatalogEdit {}

  /// A Raft group has applied up to an index.
  record Applied(long group, long index) implements CatalogEdit {}

  /// No file number and no sequence up to these may be given out again.
  record Taken(int number, long sequence) implements CatalogEdit {}

  /// The append files are synced that far.
  record Synced(Watermark watermark) implements CatalogEdit {}
}
