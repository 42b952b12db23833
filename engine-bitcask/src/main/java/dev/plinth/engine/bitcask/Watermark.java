package dev.plinth.engine.bitcask;

/// How far the append files are known to be synced: all files before `file`, and `file` below
/// `offset`. A batch ends at every watermark.
///
/// @param file the number of an append file; 0 before the first
/// @param offset in bytes
record Watermark(int file, long offset) implements Comparable<Watermark> {
  /// Nothing is known.
  static final Watermark NONE = new Watermark(0, 0);

  @Override
  public int compareTo(Watermark other) {
    return file != other.file
        ? Integer.compare(file, other.file)
        : Long.compare(offset, other.offset);
  }

  /// Whether the byte at an offset of a file had been synced.
  boolean covers(int number, long at) {
    return number < file || (number == file && at < offset);
  }
}
