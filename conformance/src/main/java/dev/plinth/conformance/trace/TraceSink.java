package dev.plinth.conformance.trace;

import dev.plinth.spi.disk.Disk;

/// Told of what happens below and around code that is traced. Below stands a [TracedDisk], which
/// sees every change of the disk; around it whoever drives the code, who knows what was
/// acknowledged and what was found. The code itself carries nothing of it.
///
/// Threads: calls come from any thread, one at a time.
@FunctionalInterface
public interface TraceSink {
  /// Listens to nothing.
  TraceSink NONE =
      new TraceSink() {
        @Override
        public void step(TraceStep step) {}

        @Override
        public Disk over(Disk disk) {
          return disk;
        }
      };

  /// One step. It must return soon and must not use the disk.
  void step(TraceStep step);

  /// A disk that tells this sink of every change; the disk itself where nobody listens.
  default Disk over(Disk disk) {
    return new TracedDisk(disk, this);
  }
}
