package dev.plinth.peers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.plinth.spi.StorageException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

final class LeasesTest {
  private final AtomicInteger freed = new AtomicInteger();
  private final Leases leases = new Leases("a store", freed::incrementAndGet);

  @Test
  void nothingIsFreedBeforeTheEngineHasFinished() {
    leases.begin();
    assertTrue(leases.shut());
    leases.end();
    assertEquals(0, freed.get(), "the engine still has to write out");
    assertEquals(0, leases.await(0, false));
    assertEquals(1, freed.get());
  }

  @Test
  void theLastLeaseFreesWhatWasClosedBeforeIt() {
    leases.begin();
    leases.begin();
    leases.shut();
    assertEquals(2, leases.await(0, false));
    leases.end();
    assertEquals(0, freed.get());
    leases.end();
    assertEquals(1, freed.get());
  }

  @Test
  void nothingBeginsAfterClose() {
    assertTrue(leases.shut());
    assertFalse(leases.shut());
    assertThrows(StorageException.Closed.class, leases::begin);
  }

  @Test
  void whatMayStillBeUsedIsNeverFreed() {
    leases.shut();
    leases.await(0, true);
    assertEquals(0, freed.get());
  }
}
