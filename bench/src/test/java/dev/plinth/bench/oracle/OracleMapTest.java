package dev.plinth.bench.oracle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

final class OracleMapTest {
  private static final int THREADS = 4;
  private static final int KEYS = 200;

  private final OracleMap map = new OracleMap();

  @Test
  void nobodySeesAnOrderThatIsNotComplete() throws Exception {
    for (int key = 0; key < 50 * KEYS; key++) {
      map.put(key(key), new byte[1]);
    }
    List<Callable<Integer>> looks = new ArrayList<>();
    for (int i = 0; i < THREADS; i++) {
      looks.add(() -> map.ordered().size());
    }
    for (int size : all(looks)) {
      assertEquals(50 * KEYS, size);
    }
  }

  @Test
  void theOrderEndsWithWhatTheHashMapHas() throws Exception {
    List<Callable<Integer>> works = new ArrayList<>();
    for (int i = 0; i < THREADS; i++) {
      int worker = i;
      works.add(() -> change(worker));
    }
    all(works);
    assertEquals(map.size(), map.ordered().size());
    map.forEach((key, value) -> assertSame(value, map.ordered().get(key)));
  }

  /// The first one also asks for the order, in the middle.
  private int change(int worker) {
    SplittableRandom random = new SplittableRandom(worker);
    for (int i = 0; i < 20_000; i++) {
      if (worker == 0 && i == 5_000) {
        map.ordered();
      }
      byte[] key = key(random.nextInt(KEYS));
      if (random.nextInt(3) == 0) {
        map.remove(key);
      } else {
        map.put(key, new byte[] {(byte) worker});
      }
    }
    return worker;
  }

  private static List<Integer> all(List<Callable<Integer>> tasks) throws Exception {
    List<Integer> results = new ArrayList<>();
    try (ExecutorService threads = Executors.newFixedThreadPool(THREADS)) {
      for (Future<Integer> one : threads.invokeAll(tasks)) {
        results.add(one.get());
      }
    }
    return results;
  }

  private static byte[] key(int key) {
    return new byte[] {(byte) (key >>> 8), (byte) key};
  }
}
