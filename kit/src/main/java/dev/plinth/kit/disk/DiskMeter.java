package dev.plinth.kit.disk;

import dev.plinth.spi.ByteCause;
import dev.plinth.spi.ByteLedger;
import java.util.Arrays;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Stream;

/// The counters of a [MeteredDisk], shared with its files.
final class DiskMeter {
  final LongAdder bytesRead = new LongAdder();
  final LongAdder bytesAhead = new LongAdder();
  final LongAdder reads = new LongAdder();
  final LongAdder writes = new LongAdder();
  final LongAdder syncs = new LongAdder();
  final LongAdder syncNanos = new LongAdder();
  private final LongAdder[] bytesWritten =
      Stream.generate(LongAdder::new).limit(ByteCause.values().length).toArray(LongAdder[]::new);

  void read(long bytes) {
    reads.increment();
    bytesRead.add(bytes);
  }

  void wrote(long bytes, ByteCause cause) {
    writes.increment();
    bytesWritten[cause.ordinal()].add(bytes);
  }

  void synced(long nanos) {
    syncs.increment();
    syncNanos.add(nanos);
  }

  ByteLedger ledger() {
    return ByteLedger.of(Arrays.stream(bytesWritten).mapToLong(LongAdder::sum).toArray());
  }
}
