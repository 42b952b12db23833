package dev.plinth.lsm;

import dev.plinth.kit.compress.Compression;

/// Which values lie apart from their keys, and how (WiscKey: Lu et al., FAST 2016).
///
/// @param valueBytesMin values of at least this many bytes go to blob files; 0 for none. Lower it
///   to save write amplification, raise it for scans
/// @param bytesMax how large a blob file grows
/// @param garbageMax the share of all blob files that may be garbage before values are rewritten
/// @param compression how values in blob files are compressed
public record BlobOptions(
    long valueBytesMin, long bytesMax, double garbageMax, Compression compression) {
  public BlobOptions {
    if (valueBytesMin < 0 || bytesMax < 1) {
      throw new IllegalArgumentException("sizes of values and blob files must not be negative");
    }
    if (!(garbageMax >= 0.01 && garbageMax <= 0.95)) {
      throw new IllegalArgumentException("garbageMax must be 0.01..0.95");
    }
  }

  /// Whether a value goes to a blob file.
  boolean separates(int valueBytes) {
    return valueBytesMin > 0 && valueBytes >= valueBytesMin;
  }

  /// The same with less garbage, or as much.
  public BlobOptions withGarbageMax(double most) {
    return new BlobOptions(valueBytesMin, bytesMax, Math.min(garbageMax, most), compression);
  }
}
