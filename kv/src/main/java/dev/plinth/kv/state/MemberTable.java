package dev.plinth.kv.state;

import dev.plinth.kv.Member;
import dev.plinth.raft.store.StateBatch;
import dev.plinth.raft.store.StateMachineStore;
import dev.plinth.spi.Cursor;
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
        String[] addresses = new String(cursor.value(), StandardCharsets.UTF_8).split("\n", -1);
        String client = addresses.length > 1 ? addresses[1] : "";
        members.put(id, new Member(id, addresses[0], client));
      }
    }
    shown = new ArrayList<>(members.values());
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
