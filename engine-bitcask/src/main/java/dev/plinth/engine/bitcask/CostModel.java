package dev.plinth.engine.bitcask;

import dev.plinth.spi.EngineStats;
import dev.plinth.spi.Prediction;
import dev.plinth.spi.WorkloadShape;

/// What Bitcask should cost: a pure function of the workload and of the live share that merges met.
///
/// A user byte is written once, with the head of its record and its share of a hint. A merge that
/// finds the share u of a file live copies u bytes to free g = 1 - u, so each byte written leads to
/// u / g bytes copied, hints included: WA = (record + hint) / user bytes * 1 / g. Space: with
/// uniform updates and old files merged first the live share of the store is (u - 1) / ln u. A hit
/// reads one record, a miss none.
final class CostModel {
  private static final int RECORD_HEAD_BYTES = 10;
  private static final int HINT_ENTRY_BYTES = 11;

  private CostModel() {}

  static Prediction predict(WorkloadShape shape, EngineStats measured) {
    double user = shape.keyBytes() + (double) shape.valueBytes();
    double record = user + RECORD_HEAD_BYTES + HINT_ENTRY_BYTES;
    long read = measured.details().getOrDefault("mergeReadBytes", 0L);
    long live = measured.details().getOrDefault("mergeLiveBytes", 0L);
    double share = read == 0 ? 0 : (double) live / read;
    double appended = Math.max(1, shape.writes()) * record;
    double copiedPerAppended = read == 0 ? 0 : copies(read, share) * record / user(user) / appended;
    double write = record / user * (1 + copiedPerAppended);
    double space = share <= 0 ? record / user : record / user * Math.log(share) / (share - 1);
    return new Prediction(write, 1, space);
  }

  private static double copies(long read, double share) {
    return read * share;
  }

  private static double user(double user) {
    return user;
  }
}
