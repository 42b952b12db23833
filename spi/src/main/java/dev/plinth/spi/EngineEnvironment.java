package dev.plinth.spi;

import dev.plinth.spi.disk.Disk;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// What surrounds an engine, each part replaceable by a test: the disk, the threads for background
/// work, the clock, and who is told of events.
///
/// @param disk the disk; null for the operating system's
/// @param background runs the engine's background tasks, which are finite; null for named daemon
///   threads of the engine's own. It must run every task, and not on the thread that hands it over
/// @param clockMillis milliseconds since 1970, used for ages only, never for order; may go
///   backwards
/// @param events told of what happens
public record EngineEnvironment(
    @Nullable Disk disk,
    @Nullable Executor background,
    LongSupplier clockMillis,
    Consumer<EngineEvent> events) {

  /// The operating system's disk and clock, the engine's own threads, events to [System.Logger].
  public static EngineEnvironment standard() {
    return new EngineEnvironment(null, null, System::currentTimeMillis, EventLogger.INSTANCE);
  }

  /// The same with another disk.
  public EngineEnvironment withDisk(Disk other) {
    return new EngineEnvironment(other, background, clockMillis, events);
  }

  /// The same with other threads.
  public EngineEnvironment withBackground(Executor other) {
    return new EngineEnvironment(disk, other, clockMillis, events);
  }

  /// The same with another clock.
  public EngineEnvironment withClockMillis(LongSupplier other) {
    return new EngineEnvironment(disk, background, other, events);
  }

  /// The same with another listener.
  public EngineEnvironment withEvents(Consumer<EngineEvent> other) {
    return new EngineEnvironment(disk, background, clockMillis, other);
  }
}
