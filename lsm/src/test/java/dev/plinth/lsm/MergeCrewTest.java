package dev.plinth.lsm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.plinth.spi.StorageException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

final class MergeCrewTest {
  private final List<Integer> done = Collections.synchronizedList(new ArrayList<>());
  private final AtomicReference<MergeCrew> crew = new AtomicReference<>();

  @Test
  void oneThreadDoesAllInOrder() {
    MergeCrew alone = new MergeCrew(4, done::add);
    assertEquals(4, alone.waiting());
    alone.run();
    assertEquals(List.of(0, 1, 2, 3), done);
    assertEquals(0, alone.waiting());
    assertFalse(alone.help(), "who comes late finds nothing");
  }

  @Test
  void partsOfHelpersAreWaitedFor() throws InterruptedException {
    CountDownLatch helping = new CountDownLatch(1);
    CountDownLatch othersDone = new CountDownLatch(2);
    MergeCrew shared =
        new MergeCrew(
            3,
            part -> {
              if (part == 0) {
                helping.countDown();
                await(othersDone);
              }
              done.add(part);
              othersDone.countDown();
            });
    Thread helper = Thread.ofPlatform().daemon().start(shared::help);
    await(helping);
    shared.run();
    assertEquals(List.of(1, 2, 0), done, "the helper's part ended last");
    helper.join();
  }

  @Test
  void aFailureEndsAllAndIsThrown() throws InterruptedException {
    CountDownLatch helping = new CountDownLatch(1);
    IllegalArgumentException failure = new IllegalArgumentException("no room");
    crew.set(
        new MergeCrew(
            5,
            part -> {
              if (part == 0) {
                helping.countDown();
                while (!crew.get().hasFailed()) {
                  Thread.onSpinWait();
                }
                throw new MergeJob.Cancelled();
              }
              done.add(part);
              if (part == 2) {
                throw failure;
              }
            }));
    Thread helper = Thread.ofPlatform().daemon().start(crew.get()::help);
    await(helping);
    assertSame(failure, assertThrows(IllegalArgumentException.class, crew.get()::run));
    assertEquals(List.of(1, 2), done, "nothing was begun behind the failure");
    assertEquals(0, crew.get().waiting());
    assertTrue(crew.get().hasFailed());
    helper.join();
  }

  @Test
  void aPartWithoutRoomDoesNotHideThatTheManifestIsPoisoned() throws InterruptedException {
    CountDownLatch helping = new CountDownLatch(1);
    crew.set(
        new MergeCrew(
            2,
            part -> {
              if (part == 1) {
                throw new StorageException.NoSpace("a table found no room", null);
              }
              helping.countDown();
              while (!crew.get().hasFailed()) {
                Thread.onSpinWait();
              }
              throw new StorageException.Poisoned("the manifest takes no more edits", null);
            }));
    Thread helper = Thread.ofPlatform().daemon().start(crew.get()::help);
    await(helping);
    assertThrows(StorageException.Poisoned.class, crew.get()::run);
    helper.join();
  }

  @Test
  void whatWasCancelledIsToldWhenNothingElseIs() {
    MergeCrew stopped =
        new MergeCrew(
            3,
            _ -> {
              throw new MergeJob.Cancelled();
            });
    assertThrows(MergeJob.Cancelled.class, stopped::run);
  }

  @Test
  void anErrorOfAHelperFailsTheMerge() throws InterruptedException {
    CountDownLatch failed = new CountDownLatch(1);
    MergeCrew shared =
        new MergeCrew(
            1,
            _ -> {
              throw new AssertionError("a bug");
            });
    Thread helper =
        Thread.ofPlatform()
            .daemon()
            .start(
                () -> {
                  assertThrows(AssertionError.class, shared::help);
                  failed.countDown();
                });
    await(failed);
    assertThrows(IllegalStateException.class, shared::run);
    helper.join();
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
