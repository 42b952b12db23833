package dev.plinth.kv.state;

import dev.plinth.kv.KvException;
import dev.plinth.kv.Member;
import dev.plinth.raft.store.StateBatch;
import dev.plinth.raft.store.StateMachineStore;
import dev.plinth.spi.Cursor;
import dev.plinth.spi.StorageException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/// The members that have said where they are reached: part of the replicated state, kept in memory
/// too. Changed by one thread, shown to any.
final class MemberTable {
  private final SortedMap<String, Member> members = new TreeMap<>();
  private volatile List<Member> shown = List.of();

  /// Reads the table that a store holds, in place of what is here.
  void load(StateMachineStore store, long group) {
    members.clear();
    try (Cursor cursor = store.cursor(group, KeySpace.all(KeySpace.MEMBER))) {
      while (cursor.next()) {
        String id = new String(KeySpace.untagged(cursor.key()), StandardCharsets.UTF_8);
        members.put(id, member(id, new String(cursor.value(), StandardCharsets.UTF_8)));
      }
    }
    shown = new ArrayList<>(members.values());
  }

  private static Member member(String id, String value) {
    String[] addresses = value.split("\n", -1);
    if (addresses.length == 2) {
      try {
        return new Member(id, addresses[0], addresses[1]);
      } catch (KvException e) {
        throw new StorageException.UnsupportedFormat("the record of a member: " + e.getMessage());
      }
    }
    throw new StorageException.UnsupportedFormat(
        "the record of member " + id + " has " + addresses.length + " lines, not 2");
  }

  /// A member is reached there.
  void put(Member member, StateBatch changes) {
    members.put(member.id(), member);
    shown = new ArrayList<>(members.values());
    changes.put(
        KeySpace.member(utf8(member.id())), utf8(member.raftAddress() + "\n" + member.address()));
  }

  /// A member has gone.
  void remove(String id, StateBatch changes) {
    members.remove(id);
    shown = new ArrayList<>(members.values());
    changes.delete(KeySpace.member(utf8(id)));
  }

  /// The members by name.
  List<Member> shown() {
    return List.copyOf(shown);
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
