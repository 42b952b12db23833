package dev.plinth.engine.tiered;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.plinth.spi.EngineProvider;
import dev.plinth.spi.EngineStats;
import dev.plinth.spi.Engines;
import dev.plinth.spi.Prediction;
import dev.plinth.spi.WorkloadShape;
import dev.plinth.spi.WorkloadShape.KeyOrder;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// What the model says against what a committed run measured: 10 M entries of 16 B / 100 B.
final class TieredModelTest {
  private static final int KEYS = 10_000_000;

  @Test
  void saysWhatWasMeasured() {
    assertEquals(1, 3.57 / predicted(0).write(), 0.1);
    assertEquals(1, 3.88 / predicted(KEYS).write(), 0.1);
    assertEquals(1, 1.03 / predicted(0).space(), 0.1);
    assertEquals(1, 1.51 / predicted(KEYS).space(), 0.1);
  }

  private static Prediction predicted(long before) {
    EngineProvider provider = Engines.provider("lsm-tiered");
    WorkloadShape shape = new WorkloadShape(KEYS, before, KEYS, 16, 100, KeyOrder.UNIFORM, true, 0);
    return provider.predict(Engines.options(provider, Map.of()), shape, EngineStats.NONE);
  }
}
