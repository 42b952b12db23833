package dev.plinth.spi;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.System.Logger.Level;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class EventLoggerTest {

  @Test
  void damageIsAnErrorAndACutTailAWarning() {
    Path file = Path.of("0001.log");
    assertEquals(Level.ERROR, EventLogger.level(new EngineEvent.Damaged(file, 8, "crc")));
    assertEquals(Level.WARNING, EventLogger.level(new EngineEvent.TailCut(file, 8, 12)));
    assertEquals(Level.WARNING, EventLogger.level(new EngineEvent.Stalled("debt", 5)));
    assertEquals(Level.TRACE, EventLogger.level(new EngineEvent.Synced(file, 1, 1, 1)));
    assertEquals(Level.DEBUG, EventLogger.level(new EngineEvent.Flushed(1, 1, 1)));
  }

  @Test
  void damageNamesFileAndOffset() {
    StorageException.Corrupt damage =
        new StorageException.Corrupt(Path.of("0001.log"), 4096, "crc 1 expected, 2 found");
    assertEquals(4096, damage.offset());
    assertEquals(Path.of("0001.log"), damage.file());
    assertEquals(true, damage.getMessage().startsWith("0001.log: damaged at offset 4096: crc 1"));
  }
}
