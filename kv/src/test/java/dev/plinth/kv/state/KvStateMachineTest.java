package dev.plinth.kv.state;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.plinth.kv.Member;
import dev.plinth.kv.state.WriteResult.Outcome;
import dev.plinth.raft.store.StateBatch;
import dev.plinth.spi.StorageException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What commands do, alone and together, with restarts, on two engines.
final class KvStateMachineTest {
  private static final String ENGINE = "bitcask";
  private static final String OTHER_ENGINE = "btree";

  @TempDir private Path folder;

  private int damaged;

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static ByteBuffer put(RequestId id, String key, String value) {
    return Commands.write(id, Condition.NONE, List.of(new Change.Put(bytes(key), bytes(value))));
  }

  private static ByteBuffer remove(RequestId id, String... keys) {
    List<Change> changes = new ArrayList<>();
    for (String key : keys) {
      changes.add(new Change.Remove(bytes(key)));
    }
    return Commands.write(id, Condition.NONE, changes);
  }

  private static @Nullable String get(Machine machine, String key) {
    byte[] value = machine.content().get(bytes(key));
    return value == null ? null : new String(value, StandardCharsets.UTF_8);
  }

  @Test
  void aRequestThatIsSentTwiceTakesEffectOnce() {
    try (Machine machine = new Machine(folder, ENGINE)) {
      assertEquals(7, machine.apply(7, Commands.openSession()).index());
      RequestId first = new RequestId(7, 1, 1);
      assertEquals(8, machine.apply(8, put(first, "a", "1")).index());
      machine.apply(9, put(RequestId.NONE, "a", "2"));
      WriteResult again = machine.apply(10, put(first, "a", "1"));
      assertEquals(8, again.index(), "the first answer is told again");
      assertEquals("2", get(machine, "a"));
      WriteResult removed = machine.apply(11, remove(new RequestId(7, 2, 2), "a"));
      assertEquals(1, removed.removed());
      assertEquals(1, machine.apply(12, remove(new RequestId(7, 2, 2), "a")).removed());
      assertEquals(Outcome.REQUEST_FORGOTTEN, machine.apply(13, put(first, "a", "3")).outcome());
      assertNull(get(machine, "a"));
    }
  }

  @Test
  void bothOfARepeatedPairInOneApplicationAreOne() {
    try (Machine machine = new Machine(folder, ENGINE)) {
      machine.apply(1, Commands.openSession());
      RequestId id = new RequestId(1, 1, 1);
      ByteBuffer create =
          Commands.write(
              id,
              new Condition.Absent(bytes("k")),
              List.of(new Change.Put(bytes("k"), bytes("v"))));
      List<WriteResult> results = machine.apply(2, List.of(create, create));
      assertEquals(Outcome.APPLIED, results.get(0).outcome());
      assertEquals(Outcome.APPLIED, results.get(1).outcome());
      assertEquals(2, results.get(1).index());
    }
  }

  /// A node that is filled by a snapshot knows what was answered before it.
  @Test
  void aSnapshotBringsItsSessionsAndMembers() throws Exception {
    Path snapshot = Files.createDirectory(folder.resolve("snapshot"));
    RequestId id = new RequestId(1, 1, 1);
    try (Machine machine = new Machine(folder.resolve("one"), ENGINE)) {
      machine.apply(1, Commands.openSession());
      machine.apply(2, put(id, "a", "1"));
      machine.apply(3, Commands.member(new Member("n1", "127.0.0.1:1", "127.0.0.1:2")));
      machine.export(snapshot);
      machine.apply(4, put(RequestId.NONE, "a", "2"));
    }
    try (Machine machine = new Machine(folder.resolve("other"), OTHER_ENGINE)) {
      machine.apply(1, put(RequestId.NONE, "b", "gone"));
      assertTrue(machine.load(snapshot));
      assertNull(get(machine, "b"));
      assertEquals(List.of("n1"), machine.members().stream().map(Member::id).toList());
      machine.apply(4, put(RequestId.NONE, "a", "2"));
      assertEquals(2, machine.apply(5, put(id, "a", "1")).index(), "it was answered before");
      assertEquals("2", get(machine, "a"));
    }
  }

  @Test
  void sessionsSurviveARestartAndAreBounded() {
    try (Machine machine = new Machine(folder, ENGINE)) {
      machine.apply(1, Commands.openSession());
      machine.apply(2, put(new RequestId(1, 1, 1), "a", "1"));
      machine.store().flush();
    }
    try (Machine machine = new Machine(folder, ENGINE)) {
      assertEquals(2, machine.apply(3, put(new RequestId(1, 1, 1), "a", "2")).index());
      assertEquals("1", get(machine, "a"));
      List<ByteBuffer> opens = new ArrayList<>();
      for (int i = 0; i < SessionTable.SESSIONS_MAX; i++) {
        opens.add(Commands.openSession());
      }
      machine.apply(4, opens);
      long after = 4 + SessionTable.SESSIONS_MAX;
      assertEquals(
          Outcome.SESSION_UNKNOWN,
          machine.apply(after, put(new RequestId(1, 2, 2), "a", "3")).outcome(),
          "the session that was used longest ago was pushed out");
      assertEquals(
          Outcome.APPLIED,
          machine.apply(after + 1, put(new RequestId(4, 1, 1), "a", "4")).outcome());
      assertEquals("4", get(machine, "a"));
      machine.apply(after + 2, Commands.closeSession(4));
      assertEquals(
          Outcome.SESSION_UNKNOWN,
          machine.apply(after + 3, put(new RequestId(4, 2, 1), "a", "5")).outcome());
    }
  }

  @Test
  void aSessionKeepsABoundedNumberOfAnswers() {
    try (Machine machine = new Machine(folder, ENGINE)) {
      machine.apply(1, Commands.openSession());
      List<ByteBuffer> puts = new ArrayList<>();
      for (int i = 1; i <= SessionTable.ANSWERS_MAX; i++) {
        puts.add(put(new RequestId(1, i, 1), "k" + i, "v"));
      }
      machine.apply(2, puts);
      long next = 2 + SessionTable.ANSWERS_MAX;
      RequestId more = new RequestId(1, SessionTable.ANSWERS_MAX + 1, 1);
      assertEquals(Outcome.SESSION_FULL, machine.apply(next, put(more, "k", "v")).outcome());
      RequestId thanked = new RequestId(1, SessionTable.ANSWERS_MAX + 1, 2);
      assertEquals(Outcome.APPLIED, machine.apply(next + 1, put(thanked, "k", "v")).outcome());
    }
  }

  /// A record that is not of the format is refused when it is read, never guessed.
  @Test
  void whatIsNoRecordOfASessionOrMemberIsRefused() {
    byte[] session = KeySpace.session(1);
    byte[] good = ByteBuffer.allocate(41).order(ByteOrder.LITTLE_ENDIAN).putInt(16, 1).array();
    List<byte[]> bad = new ArrayList<>();
    for (int length = 0; length < good.length; length++) {
      bad.add(Arrays.copyOf(good, length));
    }
    bad.add(Arrays.copyOf(good, good.length + 1));
    bad.add(Arrays.copyOf(good, good.length + 21));
    for (int count : new int[] {-1, 0, 2, SessionTable.ANSWERS_MAX + 1, Integer.MAX_VALUE}) {
      bad.add(
          ByteBuffer.wrap(good.clone()).order(ByteOrder.LITTLE_ENDIAN).putInt(16, count).array());
    }
    for (byte outcome : new byte[] {5, 127, -1}) {
      bad.add(ByteBuffer.wrap(good.clone()).put(36, outcome).array());
    }
    bad.forEach(record -> refusesToLoad(session, record));
    refusesToLoad(Arrays.copyOf(session, 8), good);
    refusesToLoad(Arrays.copyOf(session, 10), good);
    for (String member :
        List.of("", "127.0.0.1:1", "127.0.0.1:1\n\n", "nowhere\n", "\n127.0.0.1:1")) {
      refusesToLoad(KeySpace.member(bytes("n1")), bytes(member));
    }
    refusesToLoad(KeySpace.member(bytes("N 1")), bytes("127.0.0.1:1\n"));
    Path directory = folder.resolve("good");
    withRecord(directory, session, good);
    try (Machine machine = new Machine(directory, ENGINE)) {
      assertEquals(
          Outcome.APPLIED, machine.apply(2, put(new RequestId(1, 5, 1), "a", "1")).outcome());
    }
  }

  private static void withRecord(Path directory, byte[] key, byte[] value) {
    try (Machine machine = new Machine(directory, ENGINE)) {
      StateBatch changes = new StateBatch(KvStateMachine.GROUP);
      machine.store().apply(changes.put(key, value), 1, 1);
      machine.store().flush();
    }
  }

  private void refusesToLoad(byte[] key, byte[] value) {
    Path directory = folder.resolve("damaged" + damaged++);
    withRecord(directory, key, value);
    assertThrows(
        StorageException.UnsupportedFormat.class,
        () -> Machine.loaded(directory, ENGINE),
        () -> Arrays.toString(value));
  }

  @Test
  void conditionsSeeTheCommandsBeforeThemInOneApplication() {
    try (Machine machine = new Machine(folder, ENGINE)) {
      byte[] key = bytes("k");
      Change.Put two = new Change.Put(key, bytes("2"));
      List<WriteResult> results =
          machine.apply(
              1,
              List.of(
                  put(RequestId.NONE, "k", "1"),
                  Commands.write(
                      RequestId.NONE, new Condition.Equal(key, bytes("1")), List.of(two)),
                  Commands.write(
                      RequestId.NONE, new Condition.Equal(key, bytes("1")), List.of(two)),
                  Commands.write(RequestId.NONE, new Condition.Absent(key), List.of(two)),
                  remove(RequestId.NONE, "k", "never"),
                  Commands.write(RequestId.NONE, new Condition.Present(key), List.of(two))));
      assertEquals(Outcome.APPLIED, results.get(1).outcome());
      assertEquals(Outcome.CONDITION_FAILED, results.get(2).outcome());
      assertArrayEquals(bytes("2"), results.get(2).current());
      assertEquals(Outcome.CONDITION_FAILED, results.get(3).outcome());
      assertEquals(1, results.get(4).removed());
      assertEquals(Outcome.CONDITION_FAILED, results.get(5).outcome());
      assertNull(results.get(5).current());
    }
  }

  @Test
  void membersAreKeptAndForgotten() {
    try (Machine machine = new Machine(folder, ENGINE)) {
      Member member = new Member("n1", "127.0.0.1:1", "127.0.0.1:2");
      machine.apply(1, Commands.member(member));
      machine.apply(2, Commands.member(new Member("n2", "127.0.0.1:3", "")));
      assertEquals(2, machine.members().size());
      assertEquals(member, machine.members().getFirst());
      machine.apply(3, Commands.forgetMember("n1"));
      assertEquals(1, machine.members().size());
      assertNull(get(machine, "n2"), "members are no user's keys");
    }
  }

  @Test
  void whatIsNoCommandIsRefused() {
    byte[] good = put(RequestId.NONE, "key", "value").array();
    for (int length = 0; length < good.length; length++) {
      ByteBuffer cut = ByteBuffer.wrap(Arrays.copyOf(good, length));
      assertThrows(StorageException.UnsupportedFormat.class, () -> CommandReader.read(cut));
    }
    ByteBuffer longer = ByteBuffer.wrap(Arrays.copyOf(good, good.length + 1));
    assertThrows(StorageException.UnsupportedFormat.class, () -> CommandReader.read(longer));
    for (int at : new int[] {0, 1, 26}) {
      byte[] wrong = good.clone();
      wrong[at] = 99;
      assertThrows(
          StorageException.UnsupportedFormat.class,
          () -> CommandReader.read(ByteBuffer.wrap(wrong)));
    }
    byte[] member = Commands.member(new Member("n1", "127.0.0.1:1", "")).array();
    member[30] = 'N';
    assertThrows(
        StorageException.UnsupportedFormat.class,
        () -> CommandReader.read(ByteBuffer.wrap(member)));
    SplittableRandom random = new SplittableRandom(1);
    for (int i = 0; i < 20_000; i++) {
      byte[] spoiled = good.clone();
      spoiled[random.nextInt(spoiled.length)] = (byte) random.nextInt();
      try {
        CommandReader.read(ByteBuffer.wrap(spoiled));
      } catch (StorageException.UnsupportedFormat e) {
        assertTrue(
            String.valueOf(e.getMessage()).contains("command")
                || String.valueOf(e.getMessage()).contains("change")
                || String.valueOf(e.getMessage()).contains("condition"));
      }
    }
  }

  /// The same commands, applied in different groups, with restarts at different places, on two
  /// engines, give the same answers and the same content; and what a map gives.
  @Test
  void contentDependsOnTheCommandsAlone() {
    for (long seed = 1; seed <= 8; seed++) {
      List<ByteBuffer> commands = commands(new SplittableRandom(seed), 300);
      Path one = folder.resolve("one" + seed);
      Path two = folder.resolve("two" + seed);
      Run first = run(one, ENGINE, commands, new SplittableRandom(seed + 100), 0);
      Run second = run(two, OTHER_ENGINE, commands, new SplittableRandom(seed + 200), 4);
      assertEquals(first.digest, second.digest, "seed " + seed);
      assertEquals(first.outcomes, second.outcomes, "seed " + seed);
    }
  }

  private record Run(String digest, List<String> outcomes) {}

  private static Run run(
      Path directory,
      String engine,
      List<ByteBuffer> commands,
      SplittableRandom random,
      int restarts) {
    TreeMap<Long, String> outcomes = new TreeMap<>();
    Machine machine = new Machine(directory, engine);
    int restartsLeft = restarts;
    int at = 0;
    while (at < commands.size()) {
      int count = Math.min(commands.size() - at, 1 + random.nextInt(20));
      List<WriteResult> results = machine.apply(at + 1, commands.subList(at, at + count));
      for (int i = 0; i < count; i++) {
        WriteResult result = results.get(i);
        outcomes.put(at + i + 1L, result.outcome() + " " + result.index() + " " + result.removed());
      }
      at += count;
      if (restartsLeft > 0 && random.nextInt(4) == 0) {
        restartsLeft--;
        machine.close();
        machine = new Machine(directory, engine);
        // What a crash would have taken is applied again; here all of it is there.
        at = (int) machine.store().applied(KvStateMachine.GROUP).index();
      }
    }
    String digest = machine.store().digest(KvStateMachine.GROUP).toString();
    machine.close();
    return new Run(digest, List.copyOf(outcomes.values()));
  }

  private static List<ByteBuffer> commands(SplittableRandom random, int count) {
    List<ByteBuffer> commands = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      commands.add(Commands.openSession());
    }
    while (commands.size() < count) {
      long session = random.nextInt(6);
      long number = 1 + random.nextLong(20);
      RequestId id =
          session == 0
              ? RequestId.NONE
              : new RequestId(session, number, Math.max(1, number - random.nextInt(8)));
      String key = "k" + random.nextInt(8);
      String value = "v" + random.nextInt(3);
      byte[] keyBytes = bytes(key);
      Change.Put change = new Change.Put(keyBytes, bytes(value));
      commands.add(
          switch (random.nextInt(7)) {
            case 0, 1 -> put(id, key, value);
            case 2 -> remove(id, key, "k" + random.nextInt(8));
            case 3 ->
                Commands.write(id, new Condition.Equal(keyBytes, bytes("v1")), List.of(change));
            case 4 -> Commands.write(id, new Condition.Absent(keyBytes), List.of(change));
            case 5 -> Commands.write(id, new Condition.Present(keyBytes), List.of(change));
            default -> Commands.closeSession(random.nextInt(40) == 0 ? session : 99);
          });
    }
    return commands;
  }
}
