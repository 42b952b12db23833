package dev.plinth.raft.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.plinth.kit.memory.SlabPool;
import dev.plinth.spi.StorageException;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

final class SlotIndexTest {
  private record Slot(long first, long last) {}

  @Test
  void itAgreesWithAList() {
    SplittableRandom random = new SplittableRandom(3);
    try (SlabPool pool = new SlabPool(1 << 20, 8 << 10)) {
      SlotIndex index = new SlotIndex(pool);
      List<Slot> model = new ArrayList<>();
      long next = 0;
      long position = 1;
      for (int i = 0; i < 20_000; i++) {
        int action = random.nextInt(40);
        if (action == 0 && !model.isEmpty()) {
          long from = model.getFirst().first() + random.nextLong(next - model.getFirst().first());
          index.truncateFrom(from);
          model.removeIf(slot -> slot.first() >= from);
          if (!model.isEmpty() && model.getLast().last() >= from) {
            model.set(model.size() - 1, new Slot(model.getLast().first(), from - 1));
          }
        } else if (action == 1 && !model.isEmpty()) {
          long below = model.getFirst().first() + random.nextLong(next - model.getFirst().first());
          index.dropBelow(below);
          model.removeIf(slot -> slot.last() < below);
        } else if (action == 2 && random.nextInt(20) == 0) {
          index.clear();
          model.clear();
        } else {
          long first = next + random.nextInt(3);
          next = first + 1 + random.nextInt(5);
          index.reserve(1);
          index.add(first, next - 1, 1, position++, 0, 10);
          index.endReserve();
          model.add(new Slot(first, next - 1));
        }
        next = model.isEmpty() ? next : model.getLast().last() + 1;
        check(index, model, random, next);
      }
      index.clear();
      assertEquals(0, pool.bytesInUse());
    }
  }

  private static void check(SlotIndex index, List<Slot> model, SplittableRandom random, long next) {
    assertEquals(model.size(), index.tail() - index.head());
    assertEquals(10L * model.size(), index.bytes());
    long wanted = random.nextLong(next + 2);
    long found = index.atOrBehind(wanted);
    int expected = 0;
    while (expected < model.size() && model.get(expected).last() < wanted) {
      expected++;
    }
    assertEquals(expected, found - index.head());
    if (expected < model.size()) {
      assertEquals(model.get(expected).first(), index.first(found));
      assertEquals(model.get(expected).last(), index.last(found));
    }
  }

  @Test
  void aFullPoolRefusesAndChangesNothing() {
    try (SlabPool pool = new SlabPool(64 << 10, 8 << 10)) {
      SlotIndex index = new SlotIndex(pool);
      long[] count = new long[1];
      assertThrows(
          StorageException.LimitExceeded.class,
          () -> {
            while (true) {
              index.reserve(1);
              index.add(count[0], count[0], 1, 1, 0, 1);
              count[0]++;
            }
          });
      assertEquals(count[0], index.tail() - index.head());
      assertEquals(8L * (8192 / SlotIndex.SLOT_BYTES), count[0]);
    }
  }
}
