package com.example.ownraft;

import java.util.List;

/// What a Raft library of one's own asks of a log.
public interface Journal {
  /// An entry.
  record Entry(long term, byte[] command) {}

  /// The lowest index that can be read; 1 at first.
  long first();

  /// The highest index; 0 at first.
  long last();

  /// The term of an entry; 0 when there is none.
  long termAt(long index);

  /// The entries from an index on.
  List<Entry> read(long from, long to);

  /// Puts entries at an index and drops what was there and behind; durable on return.
  void write(long index, List<Entry> entries);

  /// Drops entries that a snapshot holds.
  void dropBefore(long index);

  /// Begins behind a snapshot that somebody else has sent.
  void beginAfter(long index);

  /// The newest term.
  long term();

  /// Whom this member voted for in that term; empty for nobody.
  String vote();

  /// Saves both; durable on return.
  void vote(long term, String candidate);
}
