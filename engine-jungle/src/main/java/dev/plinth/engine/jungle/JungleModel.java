package dev.plinth.engine.jungle;

import dev.plinth.spi.Prediction;
import dev.plinth.spi.WorkloadShape;

/// The cost model of Jungle after its paper (Ahn et al., HotStorage 2019): a byte is written once
/// to the log, once to every level with the leaves that it dirties there, and once for each byte of
/// garbage that C allows: w + sum (1 + B_i) + 1 / (C - 1).
final class JungleModel {
  /// What a leaf holds of an entry beside its key: slot, lengths, extent.
  private static final double ENTRY_BYTES = 10;

  private static final double LOG_OVERHEAD_BYTES = 17;
  private static final double LEAF_BYTES = 4096;
  private static final double LEAF_FILL = 0.9;

  private JungleModel() {}

  static Prediction predict(JungleOptions options, WorkloadShape shape) {
    double record = shape.keyBytes() + (double) shape.valueBytes();
    double entry = shape.keyBytes() + ENTRY_BYTES + options.shape().filterBitsPerKey() / 8;
    double stored = (record + 4) / record;
    double logged = shape.logged() ? (record + LOG_OVERHEAD_BYTES) / record : 0;
    double live = Math.max(1, shape.liveKeys() * record);
    boolean uniform = shape.order() != WorkloadShape.KeyOrder.SEQUENTIAL;
    double perLeaf = LEAF_BYTES * LEAF_FILL / entry;
    double write = logged;
    double batch = options.memtableBytes() * record / (record + 40);
    double level = options.levelBytes();
    double levels = 1;
    double dirty = 0;
    if (options.stageBytes() > 0 && shape.logged()) {
      // The first level stands in the log, and goes down as a whole.
      batch = options.stageBytes() * record / (record + 40);
      level *= options.fanout();
    }
    while (live > level && levels < JungleOptions.LEVELS - 1) {
      // A level fills up from nothing and goes down table by table: on the average it is half full.
      dirty = uniform ? dirtyBytes(batch / record, level / 2 / record, perLeaf) / batch : 0;
      write += stored + dirty;
      batch = level / 2;
      level *= options.fanout();
      levels++;
    }
    dirty = uniform ? dirtyBytes(batch / record, live / record, perLeaf) / batch : 0;
    write += stored + dirty;
    double c = options.spaceFactorLast();
    boolean overwrites = shape.liveKeysBefore() > 0 && uniform;
    write += overwrites ? stored * (1 + dirty) / (c - 1) : 0;
    double above = uniform ? options.fanout() / (options.fanout() - 1) : 1;
    double whole = (record + 4 + entry) / record;
    double space = overwrites ? whole * (1 + c) / 2 * above : whole * above;
    double next = 1 / perLeaf + (record + 4) / LEAF_BYTES;
    double filter = options.shape().filterBitsPerKey() / 8;
    return new Prediction(
        write, 2 * (1 + 0.01 * levels), space, 0, 2 * levels, next * levels, filter);
  }

  /// Bytes of leaves that a batch of records makes a level write again.
  private static double dirtyBytes(double records, double levelRecords, double perLeaf) {
    double leaves = Math.max(1, levelRecords / perLeaf);
    return leaves * (1 - Math.exp(-records / leaves)) * LEAF_BYTES;
  }
}
