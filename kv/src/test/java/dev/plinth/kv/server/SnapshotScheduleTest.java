package dev.plinth.kv.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.plinth.kv.KvException;
import dev.plinth.kv.client.KvClient;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// When a node makes snapshots by itself.
final class SnapshotScheduleTest {
  @TempDir private Path folder;

  private final List<CompletableFuture<Long>> begun = new ArrayList<>();
  private long kept;

  private SnapshotSchedule schedule(long entries) {
    return new SnapshotSchedule(
        entries,
        () -> kept,
        () -> {
          begun.add(new CompletableFuture<>());
          return begun.getLast();
        });
  }

  /// A snapshot that takes long is not begun again, and its end counts whenever it comes.
  @Test
  void oneAtATime() {
    SnapshotSchedule schedule = schedule(100);
    schedule.round(99);
    assertEquals(0, begun.size());
    schedule.round(100);
    for (long applied = 101; applied < 1000; applied++) {
      schedule.round(applied);
    }
    assertEquals(1, begun.size());
    begun.getFirst().complete(950L);
    schedule.round(1049);
    assertEquals(1, begun.size());
    schedule.round(1050);
    assertEquals(2, begun.size());
  }

  @Test
  void whatTheDiskHasCounts() {
    kept = 500;
    SnapshotSchedule schedule = schedule(100);
    schedule.round(599);
    assertEquals(0, begun.size());
    schedule.round(600);
    assertEquals(1, begun.size());
  }

  @Test
  void aFailureIsToldOnceAndTriedAgain() {
    SnapshotSchedule schedule = schedule(100);
    schedule.round(100);
    KvException failure = new KvException(KvException.Kind.FAILED, "the disk is full");
    begun.getFirst().completeExceptionally(failure);
    assertSame(failure, assertThrows(KvException.class, () -> schedule.round(101)));
    schedule.round(101);
    assertEquals(2, begun.size());
  }

  @Test
  void zeroIsNever() {
    schedule(0).round(Long.MAX_VALUE);
    assertEquals(0, begun.size());
  }

  /// Entries of the run before count too: a node that is restarted often cuts its log all the same.
  @Test
  void entriesBeforeARestartCount() throws Exception {
    try (TestCluster cluster = TestCluster.started(folder, 1, Map.of("snapshot.entries", "150"))) {
      for (int run = 0; run < 2; run++) {
        try (KvClient client = cluster.client()) {
          for (int i = 0; i < 80; i++) {
            client.put(TestCluster.bytes("k" + i), TestCluster.bytes("v" + run));
          }
        }
        if (run == 0) {
          assertEquals(0, cluster.server(0).replica().snapshotIndex());
          cluster.stop(0);
          cluster.start(0);
        }
      }
      Await.until("a snapshot", () -> cluster.server(0).replica().snapshotIndex() > 0);
      assertTrue(cluster.server(0).replica().snapshotIndex() >= 150);
    }
  }
}
