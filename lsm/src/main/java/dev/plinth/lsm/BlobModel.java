package dev.plinth.lsm;

import dev.plinth.spi.WorkloadShape;

/// The part of cost models that blob files add: which bytes of an entry merges rewrite, and how
/// often values are rewritten for their garbage.
///
/// Where keys are overwritten uniformly and files are collected in the order of their age, a share
/// `a = (u - 1) / ln u` of a store is alive when a file has a live share `u` at its collection
/// (Desnoyers, SYSTOR 2012), so that each byte that is written costs `u / (1 - u)` more. Collecting
/// the worst files first does a little better.
///
/// @param tableBytes bytes of an entry in a table, without what tables add to every entry
/// @param blobBytes bytes of an entry in a blob file; 0 when its value is in the table
/// @param collected how often a byte in a blob file is rewritten, on average
/// @param garbage the share of the blob files that is garbage, on average
public record BlobModel(double tableBytes, double blobBytes, double collected, double garbage) {
  private static final double REFERENCE_BYTES = 9;
  private static final double RECORD_HEAD_BYTES = 13;
  private static final int BISECTIONS = 50;

  /// The part of a workload.
  public static BlobModel of(BlobOptions options, WorkloadShape shape) {
    if (!options.separates(shape.valueBytes())) {
      return new BlobModel(shape.keyBytes() + (double) shape.valueBytes(), 0, 0, 0);
    }
    double most = options.garbageMax();
    double born = shape.liveKeys() - (double) shape.liveKeysBefore();
    double overwrites = Math.max(0, shape.writes() - born);
    double allowed = shape.liveKeys() * most / (1 - most);
    double share = Math.max(0, overwrites - allowed) / Math.max(1, shape.writes());
    double live = liveShareOfVictims(1 - most);
    return new BlobModel(
        shape.keyBytes() + REFERENCE_BYTES,
        shape.valueBytes() + RECORD_HEAD_BYTES,
        share * live / (1 - live),
        Math.min(most, overwrites / Math.max(1, overwrites + shape.liveKeys())));
  }

  /// Solves `a = (u - 1) / ln u` for `u`.
  static double liveShareOfVictims(double liveShare) {
    double low = 0;
    double high = 1;
    for (int i = 0; i < BISECTIONS; i++) {
      double middle = (low + high) / 2;
      if ((middle - 1) / Math.log(middle) < liveShare) {
        low = middle;
      } else {
        high = middle;
      }
    }
    return low;
  }
}
