package com.example.ownraft;

import dev.plinth.raft.store.GroupedLog;
import dev.plinth.raft.testkit.LibraryLogContract;
import dev.plinth.raft.testkit.LibraryScript;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;

/// The library's log in the laboratory: crashes at every step, failing disks, damage.
class JournalLaboratoryTest extends LibraryLogContract {
  @Override
  protected LibraryScript<?, ?> script() {
    return new Calls();
  }

  /// What a restarted member finds.
  record Found(long first, List<String> entries, long term, String vote) {
    long last() {
      return first + entries.size() - 1;
    }
  }

  private static final class Calls implements LibraryScript<Journal, Found> {
    @Override
    public String name() {
      return "own-raft";
    }

    @Override
    public Journal open(GroupedLog log) {
      return new PlinthJournal(log.group(0));
    }

    @Override
    public Found empty() {
      return new Found(1, List.of(), 0, "");
    }

    @Override
    public Found show(Journal log) {
      List<String> entries = log.read(log.first(), log.last()).stream().map(Calls::text).toList();
      return new Found(log.first(), entries, log.term(), log.vote());
    }

    private static String text(Journal.Entry entry) {
      return entry.term() + ":" + HexFormat.of().formatHex(entry.command());
    }

    @Override
    public LibraryStep<Journal, Found> next(SplittableRandom random, Found state) {
      int point = random.nextInt(10);
      if (point < 7) {
        return write(random, state);
      }
      if (point < 9) {
        long term = state.term + random.nextInt(2);
        String vote = "member-" + random.nextInt(3);
        Found after = new Found(state.first, state.entries, term, vote);
        return new LibraryStep<>("vote", after, true, log -> log.vote(term, vote));
      }
      long index = state.last() + 1 + random.nextInt(5);
      Found after = new Found(index + 1, List.of(), state.term, state.vote);
      return new LibraryStep<>("begin after " + index, after, true, log -> log.beginAfter(index));
    }

    private static LibraryStep<Journal, Found> write(SplittableRandom random, Found state) {
      long index = Math.max(state.first, state.last() + 1 - random.nextInt(4));
      List<Journal.Entry> entries = new ArrayList<>();
      List<String> after = new ArrayList<>(state.entries.subList(0, (int) (index - state.first)));
      for (int i = 0; i <= random.nextInt(4); i++) {
        byte[] command = new byte[random.nextInt(300)];
        random.nextBytes(command);
        Journal.Entry entry = new Journal.Entry(state.term, command);
        entries.add(entry);
        after.add(text(entry));
      }
      return new LibraryStep<>(
          "write at " + index,
          new Found(state.first, after, state.term, state.vote),
          true,
          log -> log.write(index, entries));
    }
  }
}
