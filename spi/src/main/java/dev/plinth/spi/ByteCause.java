package dev.plinth.spi;

/// Why a byte was handed to a file: the key of the byte ledger in [EngineStats].
///
/// Every write names its cause, so that write amplification can be explained and not only measured.
public enum ByteCause {
  /// A write-ahead log, or a data file that is its own log (Bitcask).
  LOG,
  /// In-memory data written out for the first time: an LSM table, a Jungle batch, B-tree pages.
  FLUSH,
  /// Live data written again: compaction, merge, in-place compaction, page relocation.
  COMPACTION,
  /// A persistent index or its checkpoint, where it is a file or a page kind of its own.
  INDEX,
  /// A sidecar that only speeds up opening.
  HINT,
  /// Manifests, meta pages, identity and option files.
  MANIFEST,
  /// Zeros written ahead of the data, and padding.
  PREALLOCATION,
  /// Anything else.
  OTHER
}
