package dev.plinth.bench.cell;

import com.fasterxml.jackson.annotation.JsonIgnore;
import dev.plinth.bench.workload.Mix;
import dev.plinth.bench.workload.Workload;
import dev.plinth.spi.Durability;
import dev.plinth.spi.WorkloadShape.KeyOrder;
import java.util.List;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/// What one process is asked to measure. Written by the run, read by [CellMain].
///
/// @param id names the cell within its run; fit for a file name
/// @param contestant the engine and its options
/// @param workload what to do
/// @param keys how many keys the store holds, or gets
/// @param valueBytes bytes of a value
/// @param manner how it is done
/// @param operations how many operations in all
/// @param warmUpOperations how many operations to make before, uncounted
/// @param warmUpNanos how long to go on making so many
/// @param sampledEvery every how many operations one is timed
/// @param seed decides keys and values
/// @param repeat which repetition
/// @param phases what was done to the store before; nothing but the load mostly
/// @param memory what the process may use
/// @param place where everything lies
public record CellSpec(
    String id,
    Contestant contestant,
    Workload workload,
    long keys,
    int valueBytes,
    Manner manner,
    long operations,
    long warmUpOperations,
    long warmUpNanos,
    int sampledEvery,
    long seed,
    int repeat,
    Phases phases,
    Memory memory,
    Place place) {

  /// How operations are made.
  ///
  /// @param order in which order keys are chosen
  /// @param threads how many threads
  /// @param virtual whether they are virtual
  /// @param durability how far a write must have come when the call returns
  /// @param batch entries in one atomic write
  /// @param commitEvery writes between two flushes, 0 for none
  /// @param ratePerSecond operations that are due in a second, over all threads; 0 for a closed
  ///   loop
  /// @param mix of what [Workload#MIX] consists; null where the run has none
  public record Manner(
      KeyOrder order,
      int threads,
      boolean virtual,
      Durability durability,
      int batch,
      long commitEvery,
      long ratePerSecond,
      @Nullable Mix mix) {
    /// A manner without a mix of the run's own.
    public Manner(
        KeyOrder order,
        int threads,
        boolean virtual,
        Durability durability,
        int batch,
        long commitEvery,
        long ratePerSecond) {
      this(order, threads, virtual, durability, batch, commitEvery, ratePerSecond, null);
    }
  }

  /// The part of a list of phases that was done before.
  ///
  /// @param number which phase this is, from 1; 0 when it is none
  /// @param count how many there are
  /// @param before those before it
  public record Phases(int number, int count, List<Earlier> before) {
    /// No phases.
    public static final Phases NONE = new Phases(0, 0, List.of());

    private static final int VERSION_BITS = 40;

    /// Versions of values that are written in this phase begin behind it.
    @JsonIgnore
    long firstVersion() {
      return (long) number << VERSION_BITS;
    }

    /// Which phase of how many, for people; empty for none.
    public String label() {
      return number == 0 ? "" : number + "/" + count;
    }

    /// Whether values are other than those that were loaded.
    boolean hasUpdates() {
      return before.stream().anyMatch(phase -> phase.workload().kind() == Workload.Kind.UPDATE);
    }

    /// Whether keys were deleted or inserted.
    boolean hasOtherKeys() {
      return before.stream().anyMatch(phase -> phase.workload().changesKeys());
    }
  }

  /// A phase that was done before.
  ///
  /// @param workload what was done
  /// @param order in which order keys were chosen
  /// @param operations how many operations it had
  public record Earlier(Workload workload, KeyOrder order, long operations) {}

  /// How much memory the process and its part of the page cache may take.
  ///
  /// @param limitBytes at most so much; 0 for as much as there is
  /// @param by how that is brought about, for people; empty without a limit
  /// @param group the control group that the process runs in; null when there is none, and the
  ///   process itself drops files from the page cache
  public record Memory(long limitBytes, String by, @Nullable String group) {
    /// No limit.
    public static final Memory FREE = new Memory(0, "", null);
  }

  /// Where a cell finds and leaves things.
  ///
  /// @param directory where the store is or is to be
  /// @param ingestDirectory the folder to ingest, for that workload
  /// @param trace the trace to replay, for that workload
  /// @param recordFile where to record what is done; null for nowhere
  /// @param histogramFile where to write the raw histogram; null for none
  /// @param histogramName what the result calls it
  public record Place(
      String directory,
      @Nullable String ingestDirectory,
      @Nullable String trace,
      @Nullable String recordFile,
      @Nullable String histogramFile,
      String histogramName) {}

  /// The same for a store in another place, with its raw histogram in a given file.
  public CellSpec at(String storeDirectory, @Nullable String rawHistogramFile) {
    return with(
        new Place(
            storeDirectory,
            place.ingestDirectory(),
            place.trace(),
            place.recordFile(),
            rawHistogramFile,
            place.histogramName()));
  }

  /// The same, recording what is done.
  public CellSpec recordingTo(String file) {
    return with(
        new Place(
            place.directory(),
            place.ingestDirectory(),
            place.trace(),
            file,
            place.histogramFile(),
            place.histogramName()));
  }

  /// An earlier phase of the same cell.
  CellSpec earlier(int number) {
    Earlier phase = phases.before().get(number - 1);
    Manner then =
        new Manner(
            phase.order(),
            manner.threads(),
            manner.virtual(),
            manner.durability(),
            manner.batch(),
            manner.commitEvery(),
            0,
            manner.mix());
    return new CellSpec(
        id,
        contestant,
        phase.workload(),
        keys,
        valueBytes,
        then,
        phase.operations(),
        0,
        0,
        sampledEvery,
        seed,
        repeat,
        new Phases(number, phases.count(), phases.before().subList(0, number - 1)),
        memory,
        place);
  }

  /// The same with another workload.
  CellSpec with(Workload other) {
    return with(other, memory, place);
  }

  /// The same in another place.
  CellSpec with(Place other) {
    return with(workload, memory, other);
  }

  /// The same with other memory.
  public CellSpec with(Memory other) {
    return with(workload, other, place);
  }

  private CellSpec with(Workload what, Memory within, Place where) {
    return new CellSpec(
        id,
        contestant,
        what,
        keys,
        valueBytes,
        manner,
        operations,
        warmUpOperations,
        warmUpNanos,
        sampledEvery,
        seed,
        repeat,
        phases,
        within,
        where);
  }

  /// What both this and the spec of an earlier run must agree in, so that a result can be kept.
  public CellSpec essence() {
    return at("", null).recordingTo("").with(new Memory(memory.limitBytes(), memory.by(), null));
  }

  /// The engine's name.
  public String engine() {
    return contestant.engine();
  }

  /// The options that were given.
  public SortedMap<String, String> options() {
    return contestant.options();
  }

  /// See [Manner].
  public KeyOrder order() {
    return manner.order();
  }

  /// See [Manner].
  public int threads() {
    return manner.threads();
  }

  /// See [Manner].
  public boolean virtual() {
    return manner.virtual();
  }

  /// See [Manner].
  public Durability durability() {
    return manner.durability();
  }

  /// See [Manner].
  public int batch() {
    return manner.batch();
  }

  /// See [Manner].
  public long commitEvery() {
    return manner.commitEvery();
  }

  /// See [Manner].
  public long ratePerSecond() {
    return manner.ratePerSecond();
  }

  /// Of what a mixed workload consists; null for others.
  @JsonIgnore
  public @Nullable Mix mix() {
    return workload == Workload.MIX ? manner.mix() : workload.mix();
  }

  /// See [Place].
  public String directory() {
    return place.directory();
  }

  /// See [Place].
  public @Nullable String ingestDirectory() {
    return place.ingestDirectory();
  }

  /// Whether its store can be the one that other cells of its group start from.
  @JsonIgnore
  public boolean isPlainLoad() {
    return workload == Workload.FILLRANDOM
        && manner.threads() == 1
        && manner.batch() == 1
        && manner.commitEvery() == 0;
  }
}
