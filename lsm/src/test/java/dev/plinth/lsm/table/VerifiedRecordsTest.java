package dev.plinth.lsm.table;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;

final class VerifiedRecordsTest {
  @Test
  void remembersWhatWasAddedLast() {
    VerifiedRecords records = new VerifiedRecords();
    assertFalse(records.contains(7, 0));
    assertEquals(0, records.bytesHeld(), "nothing is held before it is needed");
    records.add(7, 0);
    records.add(7, 64);
    assertTrue(records.contains(7, 0));
    assertTrue(records.contains(7, 64));
    assertFalse(records.contains(7, 128));
    assertFalse(records.contains(8, 0));
    assertEquals(512 << 10, records.bytesHeld());
  }

  @Test
  void itsMemoryIsBoundedWhateverTheNumberOfFiles() {
    VerifiedRecords records = new VerifiedRecords(1 << 10);
    Random random = new Random(1);
    int files = 1_000;
    long[] identities = random.longs(files).toArray();
    for (long identity : identities) {
      for (long offset = 0; offset < 64 << 10; offset += 4 << 10) {
        assertFalse(records.contains(identity, offset), "never seen");
        records.add(identity, offset);
        assertTrue(records.contains(identity, offset));
      }
    }
    assertEquals(8 << 10, records.bytesHeld());
    int known = 0;
    for (long identity : identities) {
      for (long offset = 0; offset < 64 << 10; offset += 4 << 10) {
        known += records.contains(identity, offset) ? 1 : 0;
      }
    }
    assertTrue(known > 900 && known <= 1 << 10, known + " are remembered");
  }
}
