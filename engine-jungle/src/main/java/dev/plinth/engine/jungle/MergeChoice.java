package dev.plinth.engine.jungle;

import java.util.List;

/// What [JunglePolicy] wants to be done next.
public sealed interface MergeChoice {
  /// The tables that it takes and changes.
  List<TableMeta> tables();

  /// The highest level that it takes from or changes.
  int upperLevel();

  /// Nothing is due.
  record Nothing() implements MergeChoice {
    @Override
    public List<TableMeta> tables() {
      return List.of();
    }

    @Override
    public int upperLevel() {
      return Integer.MAX_VALUE;
    }
  }

  /// A table goes one level down as it is, since it meets none there.
  record Move(int level, TableMeta table) implements MergeChoice {
    @Override
    public List<TableMeta> tables() {
      return List.of(table);
    }

    @Override
    public int upperLevel() {
      return level;
    }
  }

  /// A table is appended to those it meets one level down.
  record MergeDown(int level, TableMeta table, List<TableMeta> targets) implements MergeChoice {
    public MergeDown {
      targets = List.copyOf(targets);
    }

    @Override
    public List<TableMeta> tables() {
      return java.util.stream.Stream.concat(java.util.stream.Stream.of(table), targets.stream())
          .toList();
    }

    @Override
    public int upperLevel() {
      return level;
    }
  }

  /// Tables beside one another are written anew.
  record Rewrite(int level, List<TableMeta> tables, String reason) implements MergeChoice {
    public Rewrite {
      tables = List.copyOf(tables);
    }

    @Override
    public int upperLevel() {
      return level;
    }
  }
}
