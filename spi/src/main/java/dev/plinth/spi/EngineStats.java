package dev.plinth.spi;

import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/// What an engine has counted since it was opened, and what it holds now.
///
/// @param ledger bytes handed to files, by cause
/// @param userBytes bytes of keys and values accepted: the denominator of write amplification
/// @param liveEntries how many live entries, -1 when only a scan could tell
/// @param liveBytes how many bytes of live keys and values, -1 when only a scan could tell
/// @param diskBytes bytes of all files in its directory
/// @param readOperations point reads served
/// @param readBlocks blocks, pages or records that point reads touched, cached or not
/// @param fileBytesRead bytes read from files, by calls or through mappings
/// @param offHeapBytes off-heap memory in use, mappings not counted
/// @param indexBytes the part of it, and of the heap, that indexes keys
/// @param stallNanos how long writers were held back, summed over writers
/// @param pendingBytes bytes that background work has yet to rewrite
/// @param details further figures of this engine, by name with their unit at the end
public record EngineStats(
    ByteLedger ledger,
    long userBytes,
    long liveEntries,
    long liveBytes,
    long diskBytes,
    long readOperations,
    long readBlocks,
    long fileBytesRead,
    long offHeapBytes,
    long indexBytes,
    long stallNanos,
    long pendingBytes,
    SortedMap<String, Long> details) {

  /// Nothing was counted: for predictions before there is a run.
  public static final EngineStats NONE =
      new EngineStats(
          ByteLedger.of(new long[ByteCause.values().length]),
          0,
          -1,
          -1,
          0,
          0,
          0,
          0,
          0,
          0,
          0,
          0,
          new TreeMap<>());

  public EngineStats {
    details = Collections.unmodifiableSortedMap(new TreeMap<>(details));
  }
}
