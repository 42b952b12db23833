package dev.plinth.kit.disk;

import dev.plinth.spi.disk.ReadAdvice;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// The living mappings of one file: they must hear an advice too, since the system reads ahead for
/// a mapping by the mapping's own advice. Any thread may call it.
final class LinuxMappings {
  private static final int WILL_NEED = 3;

  /// The system fetches no more at a time than a device's `read_ahead_kb`, which is this by
  /// default, and forgets the rest.
  private static final long FETCH_BYTES = 128 << 10;

  private final List<Mapping> living = new ArrayList<>();
  private ReadAdvice wholeFile = ReadAdvice.NORMAL;

  /// Bytes of the file from `offset` on, at an address; both are multiples of a page.
  private record Mapping(long address, long offset, long bytes) {}

  /// Maps part of a file, with the advice that was given for all of it.
  synchronized MemorySegment map(Path path, int descriptor, long offset, long length, Arena arena) {
    if (length == 0) {
      return MemorySegment.NULL.asReadOnly();
    }
    long lead = offset % LinuxCalls.PAGE_BYTES;
    long bytes = lead + length;
    long address = LinuxCalls.mmap(descriptor, offset - lead, bytes);
    if (address < 0) {
      throw DiskErrors.of("mapping " + length + " bytes", path, offset, (int) -address);
    }
    Mapping mapping = new Mapping(address, offset - lead, bytes);
    MemorySegment segment;
    try {
      segment =
          MemorySegment.ofAddress(address + lead)
              .reinterpret(length, arena, _ -> unmap(mapping))
              .asReadOnly();
    } catch (RuntimeException e) {
      LinuxCalls.munmap(address, bytes);
      throw e;
    }
    living.add(mapping);
    if (wholeFile != ReadAdvice.NORMAL) {
      LinuxCalls.madvise(address, bytes, number(wholeFile));
    }
    return segment;
  }

  /// Passes an advice on; `length` 0 means up to the end.
  synchronized void advise(long offset, long length, ReadAdvice advice) {
    if (offset == 0 && length == 0 && advice != ReadAdvice.DROP) {
      wholeFile = advice;
    }
    long end = length == 0 ? Long.MAX_VALUE : offset + length;
    for (Mapping mapping : living) {
      long from = Math.max(offset, mapping.offset) - mapping.offset;
      long to = Math.min(end, mapping.offset + mapping.bytes) - mapping.offset;
      long firstPage = from - from % LinuxCalls.PAGE_BYTES;
      if (firstPage < to) {
        LinuxCalls.madvise(mapping.address + firstPage, to - firstPage, number(advice));
      }
    }
  }

  /// Says that bytes at an address will be read soon.
  static void willNeed(long address, long length) {
    long end = address + length;
    long at = address - address % LinuxCalls.PAGE_BYTES;
    while (at < end) {
      long part = Math.min(FETCH_BYTES, end - at);
      LinuxCalls.madvise(at, part, WILL_NEED);
      at += part;
    }
  }

  /// How many mappings live.
  synchronized int count() {
    return living.size();
  }

  /// The number of an advice in `posix_fadvise` and `madvise`, which agree.
  static int number(ReadAdvice advice) {
    return switch (advice) {
      case NORMAL -> 0;
      case RANDOM -> 1;
      case SEQUENTIAL -> 2;
      case DROP -> 4;
    };
  }

  private synchronized void unmap(Mapping mapping) {
    living.remove(mapping);
    LinuxCalls.munmap(mapping.address, mapping.bytes);
  }
}
