package dev.plinth.conformance.seeded;

import dev.plinth.conformance.lab.Layer;
import java.util.Arrays;
import java.util.List;

/// The bugs, with the net that has to catch them: a layer of the laboratory, or a case of the
/// contract.
public enum SeededBug {
  /// Writes are acknowledged before they were synced: syncing a file does nothing.
  ACKNOWLEDGED_BEFORE_SYNC(Seat.DISK, Layer.CRASH, "ordering", "syncs of files do nothing"),
  /// Created, renamed and deleted names are not synced.
  DIRECTORY_NOT_SYNCED(Seat.DISK, Layer.CRASH, "ordering", "syncs of folders do nothing"),
  /// A failed sync is tried again, and its success believed.
  FAILED_SYNC_RETRIED(Seat.DISK, Layer.FAULT, "ordering", "a failed sync is tried again"),
  /// A write that failed half-way is taken for done.
  SHORT_WRITE_IGNORED(Seat.DISK, Layer.FAULT, "media", "a short write is taken for done"),
  /// A tombstone goes before the value it hides: the deleted key comes back with a compaction.
  TOMBSTONE_DROPPED_EARLY(
      Seat.ENGINE, Layer.HISTORY, "life", "a deleted key comes back with a compaction"),
  /// A batch is written as single operations.
  BATCH_NOT_ATOMIC(Seat.ENGINE, Layer.CRASH, "ordering", "a batch is written one by one"),
  /// A snapshot shows what was written after it.
  SNAPSHOT_NOT_FROZEN(Seat.ENGINE, Layer.HISTORY, "life", "a snapshot shows later writes"),
  /// What was only written is said to be durable.
  DURABLE_TOO_EARLY(Seat.ENGINE, Layer.CRASH, "ordering", "what was written is called durable"),

  /// A failed sync is taken for done.
  FAILED_SYNC_IGNORED(Seat.DISK, Layer.FAULT, "ordering", "a failed sync is taken for done"),
  /// Syncs are left out every second time.
  EVERY_OTHER_SYNC_SKIPPED(Seat.DISK, Layer.CRASH, "ordering", "every other sync is left out"),
  /// A file is renamed before its content is durable.
  RENAMED_BEFORE_SYNC(
      Seat.DISK, Layer.CRASH, "ordering", "a file gets its name before its content is synced"),
  /// The folder is not synced after a new file.
  CREATION_NOT_SYNCED(
      Seat.DISK, Layer.CRASH, "ordering", "the folder is not synced after a new file"),
  /// The folder is not synced after a rename.
  RENAME_NOT_SYNCED(Seat.DISK, Layer.CRASH, "ordering", "the folder is not synced after a rename"),
  /// The manifest is not synced: old files are deleted before the manifest is durable.
  MANIFEST_NOT_SYNCED(
      Seat.DISK, Layer.CRASH, "ordering", "files go before the manifest is durable"),
  /// A full disk is not noticed by a write.
  FULL_DISK_IGNORED(Seat.DISK, "a full disk", "space", "a write on a full disk is taken for done"),
  /// A write never happens.
  PHANTOM_WRITE(Seat.DISK, Layer.HISTORY, "media", "now and then a write never happens"),
  /// A write lands elsewhere.
  MISDIRECTED_WRITE(Seat.DISK, Layer.HISTORY, "media", "now and then a write lands elsewhere"),
  /// Half of a read is missing and not noticed.
  SHORT_READ_IGNORED(Seat.DISK, Layer.HISTORY, "media", "half a read is taken for all of it"),
  /// Nobody is kept from opening a store twice.
  LOCK_NOT_TAKEN(Seat.DISK, "opened twice", "life", "a store can be opened twice"),
  /// A checkpoint is not durable.
  CHECKPOINT_NOT_SYNCED(
      Seat.DISK, "a checkpoint is durable", "ordering", "a checkpoint is not synced"),

  /// What should survive a power failure is only written.
  SYNCED_IS_ONLY_WRITTEN(Seat.ENGINE, Layer.CRASH, "ordering", "SYNCED is taken for WRITTEN"),
  /// What should survive the process is only buffered.
  WRITTEN_IS_ONLY_BUFFERED(
      Seat.ENGINE, "WRITTEN survives kill -9", "ordering", "WRITTEN is taken for BUFFERED"),
  /// A flush does nothing.
  FLUSH_DOES_NOTHING(
      Seat.ENGINE, "flush survives power loss", "ordering", "a flush returns without work"),
  /// The applied index is written before the data that it belongs to.
  APPLIED_INDEX_APART(
      Seat.ENGINE, Layer.CRASH, "ordering", "the applied index goes before its batch"),
  /// The applied index is called durable with the data only written.
  APPLIED_DURABLE_TOO_EARLY(
      Seat.ENGINE, Layer.HISTORY, "ordering", "the applied index is called durable too early"),
  /// A cursor follows what is written after it was opened.
  CURSOR_NOT_FROZEN(Seat.ENGINE, "a cursor is frozen", "life", "a cursor shows later writes"),
  /// The end of a range that is deleted goes too.
  RANGE_END_DELETED(Seat.ENGINE, Layer.HISTORY, "contract", "a range delete takes its end with it"),
  /// An empty value is taken for none.
  EMPTY_VALUE_IS_NONE(
      Seat.ENGINE, "an empty value is a value", "contract", "an empty value deletes"),
  /// Of two operations on one key in a batch the first wins.
  FIRST_OF_BATCH_WINS(Seat.ENGINE, "a batch: later wins", "contract", "the first of a batch wins"),
  /// An ingest is not durable.
  INGEST_NOT_DURABLE(
      Seat.ENGINE, "an ingest survives power loss", "ordering", "an ingest is only written"),
  /// A closed engine answers.
  CLOSED_ENGINE_ANSWERS(Seat.ENGINE, "use after close", "life", "a closed engine answers"),
  /// Writes are lost while the clock goes backwards.
  CLOCK_BACKWARDS_LOSES(
      Seat.ENGINE, Layer.HISTORY, "life", "writes are lost while the clock goes backwards"),
  /// A cache of values is not told of batches.
  STALE_CACHE(Seat.ENGINE, Layer.HISTORY, "life", "a cache of values misses batches"),

  /// A thread reads what it has read or written itself, and not what others wrote since.
  STALE_IN_OTHER_THREADS(
      Seat.ENGINE, Layer.CONCURRENT, "races", "a thread misses what others have written"),
  /// Of two puts at a time one is acknowledged and not done.
  UPDATE_LOST_IN_RACE(
      Seat.ENGINE, Layer.CONCURRENT, "races", "of two writes at a time one is lost"),
  /// A batch becomes visible in two parts.
  BATCH_SEEN_IN_HALVES(Seat.ENGINE, Layer.CONCURRENT, "races", "a scan can see half of a batch"),

  /// A damaged store is begun anew.
  DAMAGED_STORE_BEGUN_ANEW(
      Seat.OPENING, Layer.DAMAGE, "media", "a damaged store is emptied and begun anew"),
  /// A damaged file is cut where the damage begins.
  DAMAGE_CUT_AWAY(Seat.OPENING, Layer.DAMAGE, "tails", "a damaged file is cut at the damage"),
  /// What recovery found is not made durable.
  RECOVERY_NOT_SYNCED(Seat.OPENING, Layer.CRASH, "life", "recovery syncs nothing"),
  /// Opening wants room.
  OPENING_NEEDS_ROOM(Seat.OPENING, "a full disk", "space", "opening wants room on the disk"),
  /// A folder of another engine is taken over.
  FOREIGN_STORE_TAKEN(
      Seat.OPENING, "a folder of someone else", "life", "a foreign folder is emptied and used");

  /// Where a bug sits.
  public enum Seat {
    /// In the disk below the engine.
    DISK,
    /// Around the engine.
    ENGINE,
    /// In the opening of the engine.
    OPENING
  }

  private static final int SAMPLE = 5;

  private final Seat seat;
  private final Layer layer;
  private final String contractCase;
  private final String family;
  private final String what;

  SeededBug(Seat seat, Layer layer, String family, String what) {
    this(seat, layer, "", family, what);
  }

  SeededBug(Seat seat, String contractCase, String family, String what) {
    this(seat, Layer.HISTORY, contractCase, family, what);
  }

  SeededBug(Seat seat, Layer layer, String contractCase, String family, String what) {
    this.seat = seat;
    this.layer = layer;
    this.contractCase = contractCase;
    this.family = family;
    this.what = what;
  }

  /// Those that every build tries around every engine: what is caught within a second.
  public static List<SeededBug> sample() {
    return Arrays.asList(values()).subList(0, SAMPLE);
  }

  /// Where it sits.
  public Seat seat() {
    return seat;
  }

  /// The layer that has to catch it, unless the contract does.
  public Layer layer() {
    return layer;
  }

  /// Whether a case of the contract has to catch it.
  public boolean isForContract() {
    return !contractCase.isEmpty();
  }

  /// The name of the case of the contract that has to catch it; empty when a layer does.
  public String contractCase() {
    return contractCase;
  }

  /// The class of bugs that it belongs to.
  public String family() {
    return family;
  }

  /// What is wrong, in a few words.
  public String what() {
    return what;
  }

  /// What has to catch it, for people.
  public String net() {
    return isForContract() ? "contract: " + contractCase : layer.label();
  }
}
