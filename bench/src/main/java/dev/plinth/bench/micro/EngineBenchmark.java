package dev.plinth.bench.micro;

import dev.plinth.bench.workload.Dice;
import dev.plinth.bench.workload.Keys;
import dev.plinth.bench.workload.Permutation;
import dev.plinth.bench.workload.Values;
import dev.plinth.spi.Durability;
import dev.plinth.spi.Engine;
import dev.plinth.spi.Engines;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/// One get and one put of any engine; with `-prof gc` it shows what they allocate.
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 3, time = 4)
@Fork(
    value = 1,
    jvmArgsAppend = {
      "--enable-native-access=ALL-UNNAMED",
      "--sun-misc-unsafe-memory-access=allow",
      "--add-opens=java.base/java.nio=ALL-UNNAMED"
    })
public class EngineBenchmark {
  /// An open engine with shuffled keys in it.
  @State(Scope.Benchmark)
  @SuppressWarnings("NullAway.Init") // JMH calls open() first.
  public static class Store {
    /// The engine's name.
    @Param("bitcask")
    public String engine = "";

    /// How many keys it holds.
    @Param("200000")
    public int keys;

    /// Bytes of a value.
    @Param("100")
    public int valueBytes;

    /// How far a put must have come: `buffered`, `written` or `synced`.
    @Param("written")
    public String durability = "";

    private Path folder = Path.of("");
    private Engine opened;

    private Values values;
    private Durability level = Durability.WRITTEN;

    /// Opens and loads it.
    @Setup
    public void open() throws IOException {
      level = Durability.valueOf(durability.toUpperCase(Locale.ROOT));
      folder = Files.createTempDirectory("plinth-micro-");
      opened = Engines.open(folder.resolve("store"), Map.of(Engines.ENGINE_KEY, engine));
      values = new Values(valueBytes, 1);
      Permutation order = new Permutation(keys, 1);
      MemorySegment key = Arena.ofAuto().allocate(Keys.BYTES, 8);
      for (long i = 0; i < keys; i++) {
        long index = order.at(i);
        Keys.present(key, 0, index);
        opened.put(
            key, 0, Keys.BYTES, values.segment(), values.offset(index, 0), valueBytes, level);
      }
    }

    /// Closes and deletes it.
    @TearDown
    public void close() throws IOException {
      opened.close();
      try (Stream<Path> all = Files.walk(folder)) {
        for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(path);
        }
      }
    }
  }

  /// A thread's own memory.
  @State(Scope.Thread)
  public static class Caller {
    private final MemorySegment key = Arena.ofAuto().allocate(Keys.BYTES, 8);
    private MemorySegment target = MemorySegment.NULL;
    private final Dice dice = new Dice(1, 1);
    private long version;

    /// Makes room for a value.
    @Setup
    public void allocate(Store store) {
      target = Arena.ofAuto().allocate(Math.max(1, store.valueBytes), 8);
    }
  }

  /// Copies a value into the caller's memory.
  @Benchmark
  public long get(Store store, Caller caller) {
    Keys.present(caller.key, 0, caller.dice.below(store.keys));
    return store.opened.copy(caller.key, 0, Keys.BYTES, caller.target, 0, store.valueBytes);
  }

  /// Looks for a key that is not there.
  @Benchmark
  public long getMissing(Store store, Caller caller) {
    Keys.missing(caller.key, 0, caller.dice.below(store.keys));
    return store.opened.copy(caller.key, 0, Keys.BYTES, caller.target, 0, store.valueBytes);
  }

  /// Gives a key a new value.
  @Benchmark
  public long put(Store store, Caller caller) {
    long index = caller.dice.below(store.keys);
    Keys.present(caller.key, 0, index);
    long value = store.values.offset(index, ++caller.version);
    return store.opened.put(
        caller.key, 0, Keys.BYTES, store.values.segment(), value, store.valueBytes, store.level);
  }
}
