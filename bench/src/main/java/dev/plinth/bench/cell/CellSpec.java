package dev.plinth.bench.cell;

import com.fasterxml.jackson.annotation.JsonIgnore;
import dev.plinth.bench.workload.Workload;
import dev.plinth.spi.Durability;
import dev.plinth.spi.WorkloadShape.KeyOrder;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/// What one process is asked to measure. Written by the run, read by [CellMain].
///
/// @param id names the cell within its run; fit for a file name
/// @param engine the engine's name
/// @param options the engine's options that were given, by name
/// @param workload what to do
/// @param keys how many keys the store holds, or gets
/// @param valueBytes bytes of a value
/// @param order in which order keys are chosen
/// @param threads how many threads
/// @param virtual whether they are virtual
/// @param durability how far a write must have come when the call returns
/// @param batch entries in one atomic write
/// @param commitEvery writes between two flushes, 0 for none
/// @param operations how many operations in all
/// @param warmUpOperations how many operations to make before, uncounted
/// @param sampledEvery every how many operations one is timed
/// @param seed decides keys and values
/// @param repeat which repetition
/// @param directory where the store is or is to be
/// @param ingestDirectory the folder to ingest, for that workload
/// @param histogramFile where to write the raw histogram; null for none
/// @param histogramName what the result calls it
public record CellSpec(
    String id,
    String engine,
    SortedMap<String, String> options,
    Workload workload,
    long keys,
    int valueBytes,
    KeyOrder order,
    int threads,
    boolean virtual,
    Durability durability,
    int batch,
    long commitEvery,
    long operations,
    long warmUpOperations,
    int sampledEvery,
    long seed,
    int repeat,
    String directory,
    @Nullable String ingestDirectory,
    @Nullable String histogramFile,
    String histogramName) {

  /// The same for a store in another place, with its raw histogram in a given file.
  public CellSpec at(String storeDirectory, @Nullable String rawHistogramFile) {
    return new CellSpec(
        id,
        engine,
        options,
        workload,
        keys,
        valueBytes,
        order,
        threads,
        virtual,
        durability,
        batch,
        commitEvery,
        operations,
        warmUpOperations,
        sampledEvery,
        seed,
        repeat,
        storeDirectory,
        ingestDirectory,
        rawHistogramFile,
        histogramName);
  }

  /// Whether its store can be the one that other cells of its group start from.
  @JsonIgnore
  public boolean isPlainLoad() {
    return workload == Workload.FILLRANDOM && threads == 1 && batch == 1 && commitEvery == 0;
  }
}
