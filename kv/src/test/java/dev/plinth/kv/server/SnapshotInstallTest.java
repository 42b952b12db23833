package dev.plinth.kv.server;

import static dev.plinth.kv.server.TestCluster.bytes;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.plinth.kv.client.KvClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A node that has lost its disk is filled by a snapshot while clients write.
final class SnapshotInstallTest {
  @TempDir private Path folder;

  @Test
  void anEmptyNodeIsFilledWhileClientsWrite() throws Exception {
    try (TestCluster cluster = TestCluster.started(folder, 3, Map.of("snapshot.entries", "100"))) {
      AtomicBoolean stop = new AtomicBoolean();
      AtomicLong written = new AtomicLong();
      Thread writer =
          Thread.ofPlatform()
              .start(
                  () -> {
                    try (KvClient client = cluster.client()) {
                      while (!stop.get()) {
                        long i = written.get();
                        client.put(bytes("k" + i % 150), bytes("v" + i));
                        written.incrementAndGet();
                      }
                    }
                  });
      try {
        Await.until("some writes", () -> written.get() > 250);
        int lost = (cluster.leader() + 1) % 3;
        cluster.stop(lost);
        cluster.empty(lost);
        long before = written.get();
        Await.until("writes while it is away", () -> written.get() > before + 250);
        cluster.start(lost);
        cluster.awaitReady();
        long then = written.get();
        Await.until("writes while it is filled", () -> written.get() > then + 100);
        Await.until(
            "the node to be there",
            () -> cluster.server(lost).replica().figures().appliedIndex() > before);
        try (Stream<Path> snapshots = Files.list(cluster.home(lost).resolve("snapshots"))) {
          assertTrue(snapshots.findAny().isPresent(), "it was given a snapshot");
        }
      } finally {
        stop.set(true);
        writer.join();
      }
      cluster.digest();
      long last = written.get() - 1;
      try (KvClient client = cluster.client()) {
        assertEquals("v" + last, TestCluster.text(client.get(bytes("k" + last % 150))));
      }
    }
  }
}
