package dev.plinth.engine.leveled;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.plinth.spi.EngineProvider;
import dev.plinth.spi.EngineStats;
import dev.plinth.spi.Engines;
import dev.plinth.spi.Prediction;
import dev.plinth.spi.WorkloadShape;
import dev.plinth.spi.WorkloadShape.KeyOrder;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// What the model says against what committed runs measured: 10 M entries of 16 B / 100 B.
final class LeveledModelTest {
  private static final int KEYS = 10_000_000;

  @Test
  void saysWhatWasMeasured() {
    near(3.87, predicted(KeyOrder.UNIFORM, 0, KEYS, "8"));
    near(5.18, predicted(KeyOrder.UNIFORM, KEYS, KEYS, "8"));
    near(4.32, predicted(KeyOrder.UNIFORM, 0, KEYS, "6"));
    near(6.18, predicted(KeyOrder.UNIFORM, KEYS, KEYS, "6"));
    near(2.19, predicted(KeyOrder.SEQUENTIAL, 0, KEYS, "8"));
  }

  @Test
  void growsWithTheStoreAndShrinksWithSkew() {
    double small = predicted(KeyOrder.UNIFORM, 0, KEYS, "8").write();
    EngineProvider provider = Engines.provider("lsm-leveled");
    WorkloadShape large =
        new WorkloadShape(10L * KEYS, 0, 10L * KEYS, 16, 100, KeyOrder.UNIFORM, true, 0);
    double grown =
        provider.predict(Engines.options(provider, Map.of()), large, EngineStats.NONE).write();
    assertTrue(grown > 1.5 * small, grown + " and " + small);
    double skewed = predicted(KeyOrder.ZIPF, KEYS, KEYS, "8").write();
    assertTrue(skewed < predicted(KeyOrder.UNIFORM, KEYS, KEYS, "8").write());
  }

  private static void near(double measured, Prediction prediction) {
    assertEquals(1, measured / prediction.write(), 0.1);
  }

  private static Prediction predicted(KeyOrder order, long before, long writes, String trigger) {
    EngineProvider provider = Engines.provider("lsm-leveled");
    WorkloadShape shape = new WorkloadShape(KEYS, before, writes, 16, 100, order, true, 0);
    return provider.predict(
        Engines.options(provider, Map.of("level0.runs.trigger", trigger)), shape, EngineStats.NONE);
  }
}
