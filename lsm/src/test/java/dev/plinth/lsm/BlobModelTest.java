package dev.plinth.lsm;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.plinth.kit.compress.Compression;
import dev.plinth.spi.WorkloadShape;
import org.junit.jupiter.api.Test;

final class BlobModelTest {
  private static final BlobOptions BLOBS = new BlobOptions(1024, 1 << 20, 0.3, Compression.NONE);

  @Test
  void smallValuesAreNotApart() {
    BlobModel model = BlobModel.of(BLOBS, shape(100, 1000, 0));
    assertEquals(new BlobModel(116, 0, 0, 0), model);
  }

  @Test
  void valuesThatAreWrittenOnceAreNotCollected() {
    BlobModel model = BlobModel.of(BLOBS, shape(2000, 1000, 0));
    assertEquals(new BlobModel(25, 2013, 0, 0), model);
  }

  @Test
  void overwrittenValuesAreCollected() {
    assertEquals(0.5, BlobModel.liveShareOfVictims(0.5 / Math.log(2)), 1e-9);
    BlobModel model = BlobModel.of(BLOBS, shape(2000, 1_000_000, 1000));
    double live = BlobModel.liveShareOfVictims(0.7);
    assertEquals(live / (1 - live), model.collected(), 0.01);
    assertEquals(0.3, model.garbage());
  }

  private static WorkloadShape shape(int valueBytes, long writes, long before) {
    return new WorkloadShape(
        1000, before, writes, 16, valueBytes, WorkloadShape.KeyOrder.UNIFORM, true, 0);
  }
}
