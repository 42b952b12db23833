package dev.plinth.raft.store;

import java.util.Arrays;

/// The entries of one batch as runs: neighbours without a gap and of one term. One thread.
final class EntryRuns {
  private static final int INITIAL = 4;

  private long[] first = new long[INITIAL];
  private long[] last = new long[INITIAL];
  private long[] term = new long[INITIAL];
  private int[] start = new int[INITIAL];
  private int[] end = new int[INITIAL];
  private int count;
  private long[] configurations = new long[INITIAL];
  private int configurationCount;

  void clear() {
    count = 0;
    configurationCount = 0;
  }

  /// Adds the entry that follows.
  ///
  /// @param from where its header begins
  /// @param to where its payload ends
  void add(long index, long entryTerm, int type, long from, long to) {
    if (type == EntryTypes.CONFIGURATION) {
      if (configurationCount == configurations.length) {
        configurations = Arrays.copyOf(configurations, 2 * configurationCount);
      }
      configurations[configurationCount++] = index;
    }
    if (count > 0 && last[count - 1] + 1 == index && term[count - 1] == entryTerm) {
      last[count - 1] = index;
      end[count - 1] = (int) to;
      return;
    }
    if (count == first.length) {
      first = Arrays.copyOf(first, 2 * count);
      last = Arrays.copyOf(last, 2 * count);
      term = Arrays.copyOf(term, 2 * count);
      start = Arrays.copyOf(start, 2 * count);
      end = Arrays.copyOf(end, 2 * count);
    }
    first[count] = index;
    last[count] = index;
    term[count] = entryTerm;
    start[count] = (int) from;
    end[count++] = (int) to;
  }

  int count() {
    return count;
  }

  long first(int run) {
    return first[run];
  }

  long last(int run) {
    return last[run];
  }

  long term(int run) {
    return term[run];
  }

  int start(int run) {
    return start[run];
  }

  int length(int run) {
    return end[run] - start[run];
  }

  int configurationCount() {
    return configurationCount;
  }

  long configuration(int i) {
    return configurations[i];
  }
}
