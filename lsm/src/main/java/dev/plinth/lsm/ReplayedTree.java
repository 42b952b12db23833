package dev.plinth.lsm;

import dev.plinth.kit.merge.KeyBounds;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/// The tables of a tree as a [CompactionPolicy] sees them, with numbers of entries in place of
/// entries. Not thread-safe.
///
/// Keys are numbers from 0 to 1; the entries of a table are spread evenly over its range.
final class ReplayedTree {
  private static final double KEY_SCALE = 0x1p62;
  private static final double ALL = 1 - 1e-6;

  /// So small a share of a table is not worth another one.
  private static final double CRUMB = 1e-3;

  /// A table may refer to this many times its largest size, see [TableOutputs].
  private static final int WEIGHT_FACTOR = 4;

  private final KeyDraws draws;
  private final List<List<SortedRun>> levels = new ArrayList<>();
  private final Map<Long, Content> contents = new HashMap<>();
  private long numbers;
  private double keys;

  ReplayedTree(int levelCount, KeyDraws draws) {
    this.draws = draws;
    for (int i = 0; i < levelCount; i++) {
      levels.add(List.of());
    }
  }

  /// What a table holds.
  ///
  /// @param from the first of its keys
  /// @param to behind the last one
  /// @param known keys that it certainly has, each once
  /// @param drawn overwrites of keys that existed, of which some hit the same key
  record Content(double from, double to, double known, double drawn) {
    double share() {
      return to - from;
    }
  }

  /// How many bytes an entry takes.
  ///
  /// @param table in a table
  /// @param apart in a blob file
  record EntryBytes(double table, double apart) {}

  /// Says how many keys there are over all of the range.
  void keys(double count) {
    keys = count;
  }

  /// The levels, as a policy takes them.
  List<Level> levels() {
    List<Level> all = new ArrayList<>();
    for (int i = 0; i < levels.size(); i++) {
      all.add(new Level(i, levels.get(i)));
    }
    return all;
  }

  /// How many entries a table has when it is written.
  double entries(Content content) {
    double most = Math.max(1e-9, keys * content.share());
    double known = Math.min(content.known(), most);
    double distinct = draws.distinct(content.drawn() / content.share(), keys) * content.share();
    return Math.min(most, known + distinct * (1 - known / most));
  }

  /// A table of this content.
  TableMeta table(Content content, EntryBytes bytes) {
    double entries = entries(content);
    long number = ++numbers;
    contents.put(number, content);
    List<BlobShare> apart =
        bytes.apart() == 0
            ? List.of()
            : List.of(new BlobShare(0, (long) (entries * bytes.apart())));
    KeyBounds bounds = new KeyBounds(key(content.from()), key(content.to()));
    long size = Math.max(1, (long) (entries * bytes.table()));
    return new TableMeta(number, 0, size, bounds, (long) entries, 0, 0, size, 1, 1, 0, apart);
  }

  /// The tables that a merge writes.
  List<TableMeta> merged(CompactionChoice.Merge merge, EntryBytes bytes) {
    List<Content> inputs = merge.tables().stream().map(table -> content(table.number())).toList();
    TreeSet<Double> cuts = new TreeSet<>();
    for (Content input : inputs) {
      cuts.add(input.from());
      cuts.add(input.to());
    }
    double most = merge.tableBytesMax() / bytes.table();
    if (bytes.apart() > 0) {
      most =
          Math.min(most, WEIGHT_FACTOR * merge.tableBytesMax() / (bytes.table() + bytes.apart()));
    }
    List<TableMeta> tables = new ArrayList<>();
    Content open = null;
    double from = cuts.getFirst();
    for (double to : cuts.tailSet(from, false)) {
      Content part = part(inputs, from, to);
      from = to;
      double left = entries(part);
      while (left > 0) {
        double room = open == null ? most : most - entries(open);
        double share = Math.max(room, most * CRUMB) / left;
        share = share > 1 - CRUMB ? 1 : share;
        double middle = share == 1 ? part.to() : part.from() + share * part.share();
        Content taken = cut(part, part.from(), middle);
        open = open == null ? taken : joined(open, taken);
        left = share == 1 ? 0 : left * (1 - share);
        if (share < 1) {
          tables.add(table(open, bytes));
          open = null;
          part = cut(part, middle, part.to());
        }
      }
    }
    if (open != null) {
      tables.add(table(open, bytes));
    }
    return tables;
  }

  /// Replaces tables by others in a run of a level.
  void replace(List<TableMeta> gone, List<TableMeta> come, int level, long run) {
    Set<Long> numbersGone = new HashSet<>();
    gone.forEach(table -> numbersGone.add(table.number()));
    for (int i = 0; i < levels.size(); i++) {
      List<SortedRun> left = new ArrayList<>();
      for (SortedRun each : levels.get(i)) {
        List<TableMeta> stay =
            each.tables().stream().filter(t -> !numbersGone.contains(t.number())).toList();
        if (!stay.isEmpty()) {
          left.add(new SortedRun(each.id(), stay));
        }
      }
      levels.set(i, left);
    }
    Set<Long> numbersHere = new HashSet<>();
    come.forEach(table -> numbersHere.add(table.number()));
    numbersGone.stream().filter(number -> !numbersHere.contains(number)).forEach(contents::remove);
    add(come, level, run);
  }

  /// Adds tables to a run.
  void add(List<TableMeta> come, int level, long run) {
    List<SortedRun> runs = new ArrayList<>();
    List<TableMeta> tables = new ArrayList<>(come);
    for (SortedRun each : levels.get(level)) {
      if (each.id() == run) {
        tables.addAll(each.tables());
      } else {
        runs.add(each);
      }
    }
    tables.sort(Comparator.comparingDouble(table -> content(table.number()).from()));
    if (!tables.isEmpty()) {
      runs.add(new SortedRun(run, tables));
    }
    runs.sort(Comparator.comparingLong(SortedRun::id).reversed());
    levels.set(level, runs);
  }

  private Content content(long number) {
    Content content = contents.get(number);
    if (content == null) {
      throw new IllegalStateException("table " + number + " is not there");
    }
    return content;
  }

  /// What tables hold together between two keys.
  private Content part(List<Content> inputs, double from, double to) {
    double known = 0;
    double drawn = 0;
    for (Content input : inputs) {
      double share = Math.min(to, input.to()) - Math.max(from, input.from());
      if (share > 0) {
        known += input.known() * share / input.share();
        drawn += input.drawn() * share / input.share();
      }
    }
    double most = keys * (to - from);
    return new Content(from, to, Math.min(known, most), known >= most * ALL ? 0 : drawn);
  }

  private static Content cut(Content content, double from, double to) {
    double share = (to - from) / content.share();
    return new Content(from, to, content.known() * share, content.drawn() * share);
  }

  private static Content joined(Content a, Content b) {
    return new Content(a.from(), b.to(), a.known() + b.known(), a.drawn() + b.drawn());
  }

  private static byte[] key(double at) {
    return ByteBuffer.allocate(Long.BYTES).putLong((long) (at * KEY_SCALE)).array();
  }
}
