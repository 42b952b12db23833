package dev.plinth.lsm;

import dev.plinth.kit.disk.Readahead;
import dev.plinth.kit.merge.EntryCursor;
import dev.plinth.kit.merge.MergingCursor;
import dev.plinth.kit.tree.Layer;
import dev.plinth.kit.tree.LiveCursor;
import dev.plinth.lsm.table.TableCursor;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The sources of one cursor, from the view that it began with to the newest that shows the same.
///
/// A later view shows the same entries as of a sequence number as long as nothing newer is visible:
/// merges leave out only what the newest visible state, and open snapshots, do not need. Once
/// something newer is visible, the cursor stays with the view it has. For one thread at a time.
final class ViewSources implements LiveCursor.Renewal {
  private final Tree tree;
  private final long sequence;
  private final LiveCursor.Sources first;
  private ReadView mine;

  /// @param view with a reference that it takes over when this returns
  /// @param sequence what the cursor shows
  ViewSources(Tree tree, ReadView view, long sequence) {
    this.tree = tree;
    this.sequence = sequence;
    this.mine = view;
    this.first = of(view);
  }

  /// The sources to begin with.
  LiveCursor.Sources sources() {
    return first;
  }

  /// What the cursor shows.
  long sequence() {
    return sequence;
  }

  /// The view is read before the sequence number, so that all merges in it were made while nothing
  /// newer was visible.
  @Override
  public LiveCursor.@Nullable Sources newer(LiveCursor.Sources current) {
    if (tree.view() == mine || tree.visible() != sequence) {
      return null;
    }
    ReadView seen;
    long token = tree.epochs.enter();
    try {
      seen = tree.view();
      if (tree.visible() != sequence || !seen.tryRetain()) {
        return null;
      }
    } finally {
      tree.epochs.exit(token);
    }
    boolean taken = false;
    try {
      LiveCursor.Sources sources = of(seen);
      mine = seen;
      taken = true;
      return sources;
    } finally {
      if (!taken) {
        seen.release();
      }
    }
  }

  private LiveCursor.Sources of(ReadView view) {
    return new LiveCursor.Sources(merged(view), view.tombstones(), view::release);
  }

  private MergingCursor merged(ReadView view) {
    List<EntryCursor> sources = new ArrayList<>();
    for (Layer layer : view.layers()) {
      if (layer.memtable().entries() > 0) {
        sources.add(layer.memtable().cursor());
      }
    }
    Version version = view.version();
    int counted = tree.policy.weighsSeeks() ? version.levels().getFirst().runs().size() : 0;
    Readahead.Allowance allowance = new Readahead.Allowance(tree.options.scanReadaheadBytes());
    RunReader[] runs = version.runs();
    for (int i = 0; i < runs.length; i++) {
      Readahead ahead = new Readahead(allowance, Readahead.BLOCKS);
      sources.add(i < counted ? counted(runs[i], ahead) : cursor(runs[i], ahead));
    }
    return new MergingCursor(version.words(), sources.toArray(EntryCursor[]::new));
  }

  private TableCursor cursor(RunReader run, Readahead ahead) {
    return new TableCursor(run, true, tree.cursorBlocks, ahead);
  }

  private TableCursor counted(RunReader run, Readahead ahead) {
    TableHandle first = run.handle(0);
    return new TableCursor(
        run, true, tree.cursorBlocks, ahead, seeks -> tree.seeks.add(first, seeks));
  }
}
