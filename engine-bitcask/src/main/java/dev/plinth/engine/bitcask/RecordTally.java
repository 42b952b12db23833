package dev.plinth.engine.bitcask;

/// Counts the records of a data file. Not thread-safe.
final class RecordTally {
  private long minSequence = Long.MAX_VALUE;
  private long maxSequence;
  private long puts;
  private long tombstones;
  private long ranges;

  /// The counts of a sealed file, or none.
  static RecordTally of(FileEntry entry) {
    RecordTally tally = new RecordTally();
    if (entry.maxSequence() > 0) {
      tally.minSequence = entry.minSequence();
      tally.maxSequence = entry.maxSequence();
      tally.puts = entry.puts();
      tally.tombstones = entry.tombstones();
      tally.ranges = entry.ranges();
    }
    return tally;
  }

  void add(int kind, long sequence) {
    if (kind == RecordFormat.WATERMARK) {
      return;
    }
    minSequence = Math.min(minSequence, sequence);
    maxSequence = Math.max(maxSequence, sequence);
    switch (kind) {
      case RecordFormat.PUT -> puts++;
      case RecordFormat.DELETE -> tombstones++;
      case RecordFormat.RANGE -> {
        tombstones++;
        ranges++;
      }
      default -> {}
    }
  }

  /// Adds puts that have one sequence.
  void addPuts(long count, long sequence) {
    puts += count;
    minSequence = Math.min(minSequence, sequence);
    maxSequence = Math.max(maxSequence, sequence);
  }

  /// The lowest sequence; 0 when nothing was added.
  long minSequence() {
    return maxSequence == 0 ? 0 : minSequence;
  }

  long maxSequence() {
    return maxSequence;
  }

  long puts() {
    return puts;
  }

  long tombstones() {
    return tombstones;
  }

  long ranges() {
    return ranges;
  }
}
