package dev.plinth.conformance.model;

import dev.plinth.spi.Engine;
import dev.plinth.spi.EngineEnvironment;
import dev.plinth.spi.EngineOptions;
import dev.plinth.spi.EngineProvider;
import dev.plinth.spi.EngineTraits;
import dev.plinth.spi.Engines;
import dev.plinth.spi.disk.Disk;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// An engine and the options it is tried with; checked mode is on unless they say otherwise.
///
/// @param provider makes the engine
/// @param options option texts by name
public record EngineUnderTest(EngineProvider provider, Map<String, String> options) {
  private static final long CLOCK_START_MILLIS = 1_700_000_000_000L;

  public EngineUnderTest {
    Map<String, String> all = new TreeMap<>(options);
    all.putIfAbsent("checked", "on");
    options = Map.copyOf(all);
  }

  /// The options, complete.
  public EngineOptions parsed() {
    return Engines.options(provider, options);
  }

  /// The limits it states.
  public EngineTraits traits() {
    return provider.traits(parsed());
  }

  /// Whether nothing is durable before a flush.
  public boolean withoutLog() {
    return !parsed().wal() && traits().logOff() == EngineTraits.LogOff.NO_LOG;
  }

  /// The same with another option.
  public EngineUnderTest with(String name, String value) {
    Map<String, String> all = new TreeMap<>(options);
    all.put(name, value);
    return new EngineUnderTest(provider, all);
  }

  /// Opens it with a clock that does not depend on the time of day.
  public Engine open(Disk disk, Path directory, @Nullable Executor background) {
    EngineEnvironment environment = new EngineEnvironment(disk, background, ticks(), _ -> {});
    return Engines.open(directory, provider, parsed(), environment);
  }

  /// A clock that mostly advances and sometimes goes back.
  private static LongSupplier ticks() {
    AtomicLong tick = new AtomicLong();
    return () -> {
      long now = tick.incrementAndGet();
      return CLOCK_START_MILLIS + now * 10 - (now % 17 == 0 ? 500 : 0);
    };
  }

  /// Name and options that are not the default, for reports.
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder(provider.name());
    new TreeMap<>(options).forEach((name, value) -> text.append(' ').append(name + "=" + value));
    return text.toString();
  }
}
