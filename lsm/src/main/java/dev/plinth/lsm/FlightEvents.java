package dev.plinth.lsm;

import dev.plinth.spi.EngineEvent;
import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;

/// Shows flushes, compactions, stalls and syncs to the flight recorder, as `dev.plinth.lsm.*`. They
/// cost next to nothing while no recording asks for them. An event is written when what it tells of
/// is over; how long that took is a field of it.
final class FlightEvents {
  private FlightEvents() {}

  /// Records an event of an engine, where it is one of those.
  ///
  /// @param store names the engine's directory
  static void record(String store, EngineEvent event) {
    switch (event) {
      case EngineEvent.Flushed flushed -> flushed(store, flushed);
      case EngineEvent.Compacted compacted -> compacted(store, compacted);
      case EngineEvent.Stalled stalled -> stalled(store, stalled);
      case EngineEvent.Synced synced -> synced(store, synced);
      default -> {
        // Rare enough for the log.
      }
    }
  }

  private static void flushed(String store, EngineEvent.Flushed flushed) {
    Flush event = new Flush();
    if (event.isEnabled()) {
      event.store = store;
      event.written = flushed.bytes();
      event.entries = flushed.entries();
      event.took = flushed.nanos();
      event.commit();
    }
  }

  private static void compacted(String store, EngineEvent.Compacted compacted) {
    Compaction event = new Compaction();
    if (event.isEnabled()) {
      event.store = store;
      event.reason = compacted.what();
      event.read = compacted.bytesRead();
      event.written = compacted.bytesWritten();
      event.took = compacted.nanos();
      event.commit();
    }
  }

  private static void stalled(String store, EngineEvent.Stalled stalled) {
    Stall event = new Stall();
    if (event.isEnabled()) {
      event.store = store;
      event.reason = stalled.reason();
      event.took = stalled.nanos();
      event.commit();
    }
  }

  private static void synced(String store, EngineEvent.Synced synced) {
    Sync event = new Sync();
    if (event.isEnabled()) {
      event.store = store;
      event.written = synced.bytes();
      event.took = synced.nanos();
      event.commit();
    }
  }

  @Name("dev.plinth.lsm.Flush")
  @Label("Flush")
  @Category({"Plinth", "LSM tree"})
  @StackTrace(false)
  static final class Flush extends Event {
    @Label("Store")
    String store = "";

    @Label("Bytes Written")
    @DataAmount
    long written;

    @Label("Entries")
    long entries;

    @Label("Time Taken")
    @Timespan
    long took;
  }

  @Name("dev.plinth.lsm.Compaction")
  @Label("Compaction")
  @Category({"Plinth", "LSM tree"})
  @StackTrace(false)
  static final class Compaction extends Event {
    @Label("Store")
    String store = "";

    @Label("Reason")
    String reason = "";

    @Label("Bytes Read")
    @DataAmount
    long read;

    @Label("Bytes Written")
    @DataAmount
    long written;

    @Label("Time Taken")
    @Timespan
    long took;
  }

  @Name("dev.plinth.lsm.Stall")
  @Label("Writers Held Back")
  @Category({"Plinth", "LSM tree"})
  @StackTrace(false)
  static final class Stall extends Event {
    @Label("Store")
    String store = "";

    @Label("Reason")
    String reason = "";

    @Label("Time Taken")
    @Timespan
    long took;
  }

  @Name("dev.plinth.lsm.Sync")
  @Label("Log Sync")
  @Category({"Plinth", "LSM tree"})
  @StackTrace(false)
  static final class Sync extends Event {
    @Label("Store")
    String store = "";

    @Label("Bytes Synced")
    @DataAmount
    long written;

    @Label("Time Taken")
    @Timespan
    long took;
  }
}
