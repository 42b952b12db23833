package dev.plinth.engine.bitcask;

/// What the manifest knows of a data file.
///
/// @param number unique in the store, ascending
/// @param kind what it holds
/// @param identity mixed into the checksums of its records
/// @param baseSequence what the sequence deltas of its records are added to
/// @param sealed whether it will never change again; the figures below are 0 until then
/// @param bytes its length
/// @param minSequence the lowest sequence of its records
/// @param maxSequence the highest one
/// @param puts how many puts
/// @param tombstones how many deletes and range deletes
/// @param ranges how many range deletes
record FileEntry(
    int number,
    Kind kind,
    long identity,
    long baseSequence,
    boolean sealed,
    long bytes,
    long minSequence,
    long maxSequence,
    long puts,
    long tombstones,
    long ranges) {

  /// What a data file holds.
  enum Kind {
    /// Batches in commit order.
    APPEND,
    /// Records that a merge copied, each on its own.
    MERGED,
    /// The entries of one ingestion.
    INGESTED
  }

  static FileEntry open(int number, Kind kind, long identity, long baseSequence) {
    return new FileEntry(number, kind, identity, baseSequence, false, 0, 0, 0, 0, 0, 0);
  }

  FileEntry seal(long length, RecordTally tally) {
    return new FileEntry(
        number,
        kind,
        identity,
        baseSequence,
        true,
        length,
        tally.minSequence(),
        tally.maxSequence(),
        tally.puts(),
        tally.tombstones(),
        tally.ranges());
  }
}
