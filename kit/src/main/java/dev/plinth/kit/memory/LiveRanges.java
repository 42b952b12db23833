package dev.plinth.kit.memory;

import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;

/// The pieces of memory that are alive, for the checked mode of [RawMemory]. Any thread may call
/// it.
final class LiveRanges {
  private final ConcurrentSkipListMap<Long, Long> bytesByAddress = new ConcurrentSkipListMap<>();

  void add(long address, long bytes) {
    if (bytesByAddress.putIfAbsent(address, bytes) != null) {
      throw new IllegalStateException("memory at " + Long.toHexString(address) + " is alive");
    }
  }

  void remove(long address) {
    if (bytesByAddress.remove(address) == null) {
      throw new IllegalStateException("memory at " + Long.toHexString(address) + " is not alive");
    }
  }

  void require(long address, long length) {
    Map.Entry<Long, Long> range = bytesByAddress.floorEntry(address);
    if (range == null || length < 0 || address + length > range.getKey() + range.getValue()) {
      throw new IllegalStateException(
          length
              + " bytes at address "
              + Long.toHexString(address)
              + " are not in live memory: it was released, or the address is wrong");
    }
  }
}
