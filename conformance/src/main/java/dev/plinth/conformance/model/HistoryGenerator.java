package dev.plinth.conformance.model;

import dev.plinth.conformance.disk.CrashState;
import dev.plinth.spi.Durability;
import dev.plinth.spi.EngineTraits;
import dev.plinth.spi.KeyRange;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;

/// Makes histories from a seed: few keys, chosen to be awkward, and every kind of operation.
public final class HistoryGenerator {
  /// The Raft groups that batches may name.
  public static final List<Long> GROUPS = List.of(0L, 7L);

  private static final int FROZEN_SLOTS = 3;

  private final SplittableRandom random;
  private final Shape shape;
  private final List<Key> keys;
  private final long[] indexes = new long[GROUPS.size()];
  private long nextPayload = 1;

  /// What kind of history.
  ///
  /// @param keys how many different keys
  /// @param valueBytesMax the longest value
  /// @param crashes whether power may be lost within it
  /// @param lifecycle whether it closes, reopens, freezes and makes checkpoints
  /// @param log whether writes may be SYNCED
  public record Shape(
      int keys, int valueBytesMax, boolean crashes, boolean lifecycle, boolean log) {}

  /// @param traits the limits to keep to
  public HistoryGenerator(long seed, Shape shape, EngineTraits traits) {
    this.random = new SplittableRandom(seed);
    this.shape = shape;
    this.keys = keySpace(shape.keys(), traits.keyBytesMax());
  }

  /// The keys it uses.
  public List<Key> keys() {
    return keys;
  }

  /// One byte, the ends of the order, prefixes of one another, long ones, and ordinary ones.
  private List<Key> keySpace(int count, int keyBytesMax) {
    TreeSet<Key> all = new TreeSet<>();
    byte[] ff = new byte[Math.min(5, keyBytesMax)];
    Arrays.fill(ff, (byte) 0xff);
    byte[] zeros = new byte[Math.min(3, keyBytesMax)];
    byte[] longest = new byte[Math.min(600, keyBytesMax)];
    Arrays.fill(longest, (byte) 'k');
    List<byte[]> special =
        List.of(new byte[] {0}, new byte[] {(byte) 0xff}, ff, zeros, longest, new byte[] {'k'});
    for (byte[] bytes : special) {
      if (all.size() < count / 2 + 1) {
        all.add(Key.of(bytes));
      }
    }
    while (all.size() < count) {
      int length = 1 + random.nextInt(Math.min(keyBytesMax, random.nextInt(8) == 0 ? 40 : 4));
      byte[] bytes = new byte[length];
      for (int i = 0; i < length; i++) {
        bytes[i] = (byte) ('a' + random.nextInt(6));
      }
      all.add(Key.of(bytes));
    }
    return new ArrayList<>(all);
  }

  /// The next `count` operations.
  public List<Operation> next(int count) {
    List<Operation> operations = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      operations.add(next());
    }
    return operations;
  }

  /// The next operation.
  public Operation next() {
    int dice = random.nextInt(1000);
    if (dice < 420) {
      return new Operation.Single(mutation(), durability());
    }
    if (dice < 560) {
      return batch();
    }
    if (dice < 700) {
      return read(random.nextInt(4));
    }
    if (dice < 760) {
      return shape.lifecycle() ? frozen() : read(0);
    }
    if (dice < 800) {
      return Operation.Plain.FLUSH;
    }
    if (dice < 820) {
      return Operation.Plain.REQUEST_FLUSH;
    }
    if (dice < 850) {
      return new Operation.Compact(random.nextBoolean() ? KeyRange.all() : range());
    }
    if (dice < 880) {
      return ingest();
    }
    return rare(dice);
  }

  private Operation rare(int dice) {
    if (dice < 915) {
      return Operation.Plain.SETTLE;
    }
    if (dice < 945) {
      return shape.lifecycle() ? Operation.Plain.REOPEN : Operation.Plain.FLUSH;
    }
    if (dice < 965 && shape.crashes()) {
      return new Operation.Crash(crashState(random));
    }
    if (dice < 972 && shape.lifecycle()) {
      return Operation.Plain.CHECKPOINT;
    }
    if (dice < 980) {
      return Operation.Plain.VERIFY;
    }
    return dice < 985 ? Operation.Plain.INGEST_UNSORTED : Operation.Plain.DIGEST;
  }

  /// Any of the crash states.
  public static CrashState crashState(SplittableRandom random) {
    return switch (random.nextInt(6)) {
      case 0 -> new CrashState.NothingUnsynced();
      case 1 -> new CrashState.Everything();
      case 2 -> new CrashState.ProcessKilled();
      case 3 -> new CrashState.OrderedPrefix(random.nextInt(1_000_000));
      default -> new CrashState.AnySubset(random.nextInt(1_000_000));
    };
  }

  private Operation read(int kind) {
    return switch (kind) {
      case 0 -> new Operation.Get(key());
      case 1 -> new Operation.GetMany(List.of(key(), key(), key()));
      case 2 -> new Operation.Scan(range(), random.nextBoolean());
      default -> new Operation.Seek(random.nextBoolean() ? KeyRange.all() : range(), key());
    };
  }

  private Operation frozen() {
    int slot = random.nextInt(FROZEN_SLOTS);
    return switch (random.nextInt(4)) {
      case 0 -> new Operation.Freeze(slot, random.nextInt(3) == 0);
      case 1 -> new Operation.Thaw(slot);
      default -> new Operation.ReadFrozen(slot);
    };
  }

  private Operation batch() {
    List<Mutation> mutations = new ArrayList<>();
    int count = random.nextInt(20) == 0 ? 0 : 1 + random.nextInt(6);
    for (int i = 0; i < count; i++) {
      mutations.add(mutation());
    }
    int which = random.nextInt(GROUPS.size() + 1);
    if (which == GROUPS.size()) {
      return new Operation.Batch(mutations, durability(), -1, -1);
    }
    indexes[which] += 1 + random.nextInt(3);
    return new Operation.Batch(mutations, durability(), GROUPS.get(which), indexes[which]);
  }

  private Operation ingest() {
    TreeMap<Key, Payload> entries = new TreeMap<>();
    int count = 1 + random.nextInt(keys.size());
    for (int i = 0; i < count; i++) {
      entries.put(key(), payload());
    }
    List<Mutation.Put> puts = new ArrayList<>();
    entries.forEach((key, value) -> puts.add(new Mutation.Put(key, value)));
    return new Operation.Ingest(puts);
  }

  private Mutation mutation() {
    int dice = random.nextInt(100);
    if (dice < 65) {
      return new Mutation.Put(key(), payload());
    }
    return dice < 94 ? new Mutation.Delete(key()) : new Mutation.DeleteRange(range());
  }

  private Payload payload() {
    int limit = shape.valueBytesMax();
    int dice = random.nextInt(100);
    int length =
        dice < 10
            ? random.nextInt(2)
            : dice < 70
                ? random.nextInt(60)
                : dice < 96 ? random.nextInt(700) : random.nextInt(limit + 1);
    return new Payload(nextPayload++, Math.min(limit, length));
  }

  private Durability durability() {
    int dice = random.nextInt(100);
    if (dice < 40) {
      return Durability.BUFFERED;
    }
    return dice < 75 || !shape.log() ? Durability.WRITTEN : Durability.SYNCED;
  }

  private Key key() {
    return keys.get(random.nextInt(keys.size()));
  }

  /// A range with keys of the space as bounds; sometimes open, sometimes empty.
  private KeyRange range() {
    Key one = key();
    Key two = key();
    boolean swap = one.compareTo(two) > 0 && random.nextInt(8) != 0;
    byte[] from = (swap ? two : one).bytes();
    byte[] to = (swap ? one : two).bytes();
    int open = random.nextInt(12);
    return KeyRange.of(open == 0 ? null : from, open == 1 ? null : to);
  }
}
