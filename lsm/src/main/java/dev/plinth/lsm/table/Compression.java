package dev.plinth.lsm.table;

/// How data blocks are compressed. The codes are on disks.
public enum Compression {
  /// Not at all: blocks are read where they are mapped.
  NONE(0),
  /// LZ4 blocks: little less speed, moderate savings.
  LZ4(1),
  /// Zstandard frames: less speed, more savings.
  ZSTD(2);

  private final byte code;

  Compression(int code) {
    this.code = (byte) code;
  }

  /// The kind of a block in its trailer.
  byte code() {
    return code;
  }
}
