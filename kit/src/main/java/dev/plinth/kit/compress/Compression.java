package dev.plinth.kit.compress;

import dev.plinth.spi.StorageException;
import org.jspecify.annotations.Nullable;

/// How bytes are compressed. The codes are on disks.
public enum Compression {
  /// Not at all: bytes are read where they are mapped.
  NONE(0),
  /// LZ4 blocks: little less speed, moderate savings.
  LZ4(1),
  /// Zstandard frames: less speed, more savings.
  ZSTD(2);

  private final byte code;

  Compression(int code) {
    this.code = (byte) code;
  }

  /// The number that says on disk how something is compressed.
  public byte code() {
    return code;
  }

  /// The compression with a code; null for an unknown one.
  public static @Nullable Compression of(int code) {
    return switch (code) {
      case 0 -> NONE;
      case 1 -> LZ4;
      case 2 -> ZSTD;
      default -> null;
    };
  }

  /// The compression with the name that an option gives, in small letters.
  public static Compression named(String name) {
    for (Compression one : values()) {
      if (one.name().equalsIgnoreCase(name)) {
        return one;
      }
    }
    throw new StorageException.InvalidConfiguration(
        "compression = " + name + ": none, lz4 or zstd is expected");
  }
}
