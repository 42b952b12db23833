package dev.plinth.kv.state;

import dev.plinth.kv.KvLimits;
import dev.plinth.kv.state.WriteResult.Outcome;
import dev.plinth.raft.store.StateBatch;
import dev.plinth.raft.store.StateMachineStore;
import dev.plinth.spi.Cursor;
import dev.plinth.spi.StorageException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The sessions and the answers that they may still ask for: what makes a write that is sent twice
/// take effect once. Part of the replicated state, so it is in snapshots, and alike on every node.
///
/// Bounded: a session that is opened when there are [#SESSIONS_MAX] pushes out the one that was
/// used longest ago; a session keeps at most [#ANSWERS_MAX] answers and is refused more until it
/// says which were received. Both bounds are part of the format: nodes that differ in them would
/// differ in content. One thread.
///
/// Commands change the table in memory; [#save] writes the records of the sessions that they have
/// touched, once for all commands whose changes become visible together. So a command must not
/// touch the table before it has made those before it visible, or their record would show it too.
///
/// A session's record, version 1, little-endian; these bytes are on disks:
///
/// ```
/// +------------+----------------+-------+   +--------+-------+---------+---------+
/// | last index | answered below | count |   | number | index | outcome | removed |  count times
/// +------------+----------------+-------+   +--------+-------+---------+---------+
///       8              8            4            8       8        1         4
/// ```
final class SessionTable {
  static final int SESSIONS_MAX = 4096;
  static final int ANSWERS_MAX = KvLimits.SESSION_ANSWERS_MAX;

  private static final int HEAD_BYTES = 20;
  private static final int ANSWER_BYTES = 21;
  private static final Outcome[] OUTCOMES = Outcome.values();

  private final Map<Long, Session> sessions = new HashMap<>();

  /// Sessions whose records on the disk are older than what is here.
  private final Map<Long, Session> unsaved = new LinkedHashMap<>();

  private static final class Session {
    private long lastIndex;
    private long answeredBelow;
    private final List<Answer> answers = new ArrayList<>(2);

    Session(long lastIndex) {
      this.lastIndex = lastIndex;
    }
  }

  private record Answer(long number, WriteResult result) {}

  /// Reads the table that a store holds, in place of what is here.
  void load(StateMachineStore store, long group) {
    sessions.clear();
    unsaved.clear();
    try (Cursor cursor = store.cursor(group, KeySpace.all(KeySpace.SESSION))) {
      while (cursor.next()) {
        byte[] key = cursor.key();
        if (key.length != KeySpace.SESSION_BYTES) {
          throw new StorageException.UnsupportedFormat(
              "a session's key has "
                  + key.length
                  + " bytes, not "
                  + KeySpace.SESSION_BYTES
                  + ": it is not of version 1");
        }
        long number = ByteBuffer.wrap(key, 1, Long.BYTES).getLong();
        sessions.put(number, decode(number, cursor.value()));
      }
    }
  }

  /// How many sessions there are.
  int size() {
    return sessions.size();
  }

  /// Opens the session whose number is the index of the entry that asks for it.
  void open(long index, StateBatch changes) {
    if (sessions.size() >= SESSIONS_MAX) {
      long oldest = 0;
      long least = Long.MAX_VALUE;
      for (Map.Entry<Long, Session> entry : sessions.entrySet()) {
        if (entry.getValue().lastIndex < least) {
          least = entry.getValue().lastIndex;
          oldest = entry.getKey();
        }
      }
      close(oldest, changes);
    }
    Session session = new Session(index);
    sessions.put(index, session);
    unsaved.put(index, session);
  }

  /// Ends a session; nothing when it is not known.
  void close(long number, StateBatch changes) {
    if (sessions.remove(number) != null) {
      unsaved.remove(number);
      changes.delete(KeySpace.session(number));
    }
  }

  /// Says whether a request was answered already, or cannot be taken.
  ///
  /// @return the answer; null when the request is new and may be applied
  @Nullable WriteResult find(RequestId id, long index) {
    if (id.session() == 0) {
      return null;
    }
    @Nullable Session session = sessions.get(id.session());
    if (session == null) {
      return WriteResult.of(Outcome.SESSION_UNKNOWN, index);
    }
    if (id.number() < session.answeredBelow) {
      return WriteResult.of(Outcome.REQUEST_FORGOTTEN, index);
    }
    for (Answer answer : session.answers) {
      if (answer.number == id.number()) {
        return answer.result;
      }
    }
    if (session.answers.size() < ANSWERS_MAX
        || session.answers.stream().anyMatch(answer -> answer.number < id.answeredBelow())) {
      return null;
    }
    forgetBelow(session, id.answeredBelow());
    unsaved.put(id.session(), session);
    return WriteResult.of(Outcome.SESSION_FULL, index);
  }

  private static void forgetBelow(Session session, long number) {
    if (number > session.answeredBelow) {
      session.answeredBelow = number;
      session.answers.removeIf(answer -> answer.number < number);
    }
  }

  /// Keeps the answer of a request.
  void keep(RequestId id, WriteResult result) {
    @Nullable Session session = sessions.get(id.session());
    if (session != null) {
      WriteResult kept =
          new WriteResult(result.outcome(), result.index(), result.removed(), false, null);
      forgetBelow(session, id.answeredBelow());
      session.answers.add(new Answer(id.number(), kept));
      session.lastIndex = result.index();
      unsaved.put(id.session(), session);
    }
  }

  /// Writes the records of the sessions that have changed since the last time.
  void save(StateBatch changes) {
    unsaved.forEach((number, session) -> changes.put(KeySpace.session(number), encode(session)));
    unsaved.clear();
  }

  private static byte[] encode(Session session) {
    ByteBuffer record =
        ByteBuffer.allocate(HEAD_BYTES + session.answers.size() * ANSWER_BYTES)
            .order(CommandFormat.ORDER)
            .putLong(session.lastIndex)
            .putLong(session.answeredBelow)
            .putInt(session.answers.size());
    for (Answer answer : session.answers) {
      record
          .putLong(answer.number)
          .putLong(answer.result.index())
          .put((byte) answer.result.outcome().ordinal())
          .putInt(answer.result.removed());
    }
    return record.array();
  }

  private static Session decode(long number, byte[] bytes) {
    try {
      ByteBuffer record = ByteBuffer.wrap(bytes).order(CommandFormat.ORDER);
      Session session = new Session(record.getLong());
      session.answeredBelow = record.getLong();
      int count = record.getInt();
      if (count < 0 || count > ANSWERS_MAX || record.remaining() != count * ANSWER_BYTES) {
        throw new BufferUnderflowException();
      }
      for (int i = 0; i < count; i++) {
        long request = record.getLong();
        long index = record.getLong();
        Outcome outcome = OUTCOMES[record.get()];
        WriteResult result = new WriteResult(outcome, index, record.getInt(), false, null);
        session.answers.add(new Answer(request, result));
      }
      return session;
    } catch (BufferUnderflowException | ArrayIndexOutOfBoundsException e) {
      throw new StorageException.UnsupportedFormat(
          "the record of session " + number + " is not of version 1");
    }
  }
}
