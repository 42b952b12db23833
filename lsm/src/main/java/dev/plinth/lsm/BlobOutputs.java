package dev.plinth.lsm;

import dev.plinth.kit.compress.Compression;
import dev.plinth.kit.compress.Packer;
import dev.plinth.lsm.table.BlobReference;
import dev.plinth.lsm.table.BlobWriter;
import dev.plinth.spi.ByteCause;
import dev.plinth.spi.disk.Disk;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// The blob files that a [MergeJob] writes, and the count of what the table that is being written
/// refers to, in these files and in others. Not thread-safe.
final class BlobOutputs implements AutoCloseable {
  private final Disk disk;
  private final Path directory;
  private final BlobOptions options;
  private final ByteCause cause;
  private final LongSupplier numbers;
  private final long[] rewritten;
  private final @Nullable Packer packer;
  private final List<BlobMeta> finished = new ArrayList<>();
  private final List<Path> files = new ArrayList<>();
  private final BlobReference place = new BlobReference();
  private final MemorySegment reference = Arena.ofAuto().allocate(BlobReference.BYTES_MAX, 8);
  private int referenceBytes;
  private @Nullable BlobWriter writer;
  private long[] referred = new long[8];
  private long[] referredBytes = new long[8];
  private int referredCount;
  private long referredSum;

  /// @param rewritten the numbers, in ascending order, of the blob files of which no value is to be
  ///   referred to any more
  BlobOutputs(Tree tree, ByteCause cause, long... rewritten) {
    this.disk = tree.disk;
    this.directory = tree.directory.path();
    this.options = tree.options.blobs();
    this.cause = cause;
    this.numbers = tree.versions::newNumber;
    this.rewritten = rewritten;
    this.packer =
        options.valueBytesMin() == 0 || options.compression() == Compression.NONE
            ? null
            : new Packer(options.compression());
  }

  /// Whether a value goes to a blob file.
  boolean separates(int valueBytes) {
    return options.separates(valueBytes);
  }

  /// Whether the value that a reference names must be written anew.
  boolean rewrites(MemorySegment segment, long offset, int length) {
    if (rewritten.length == 0) {
      return false;
    }
    place.read(segment, offset, length);
    return Arrays.binarySearch(rewritten, place.file()) >= 0;
  }

  /// Appends a value that the table refers to; [#reference()] says where it is.
  void append(MemorySegment value, long offset, int length) {
    BlobWriter open = writer;
    if (open == null) {
      open = begin();
    }
    open.append(value, offset, length, place);
    referenceBytes = place.write(reference);
    refer();
    if (open.recordBytes() >= options.bytesMax()) {
      end(open);
    }
  }

  /// What the table holds for the value appended last, from 0 on.
  MemorySegment reference() {
    return reference;
  }

  /// How long that is.
  int referenceBytes() {
    return referenceBytes;
  }

  /// Counts a reference that the table takes over.
  void takeOver(MemorySegment segment, long offset, int length) {
    place.read(segment, offset, length);
    refer();
  }

  /// How many bytes of records the table refers to.
  long referredBytes() {
    return referredSum;
  }

  /// What the table refers to; the next table begins with nothing.
  List<BlobShare> takeReferred() {
    List<BlobShare> shares = new ArrayList<>();
    for (int i = 0; i < referredCount; i++) {
      shares.add(new BlobShare(referred[i], referredBytes[i]));
    }
    referredCount = 0;
    referredSum = 0;
    return shares;
  }

  /// Completes the last file; the names are not durable yet.
  List<BlobMeta> finish() {
    BlobWriter open = writer;
    if (open != null) {
      end(open);
    }
    return finished;
  }

  /// The files that were begun.
  List<Path> files() {
    return files;
  }

  /// Closes the file that is open.
  @Override
  public void close() {
    BlobWriter open = writer;
    writer = null;
    if (open != null) {
      open.close();
    }
  }

  private BlobWriter begin() {
    long number = numbers.getAsLong();
    long identity = ThreadLocalRandom.current().nextLong();
    Path file = BlobHandle.path(directory, number);
    BlobWriter opened = new BlobWriter(disk, file, number, identity, packer, cause);
    files.add(file);
    writer = opened;
    return opened;
  }

  private void end(BlobWriter open) {
    BlobWriter.Summary done = open.finish();
    finished.add(new BlobMeta(done.number(), done.identity(), done.bytes(), done.recordBytes()));
    close();
  }

  private void refer() {
    long bytes = place.recordBytes();
    referredSum += bytes;
    int at = Arrays.binarySearch(referred, 0, referredCount, place.file());
    if (at >= 0) {
      referredBytes[at] += bytes;
      return;
    }
    at = -at - 1;
    if (referredCount == referred.length) {
      referred = Arrays.copyOf(referred, 2 * referredCount);
      referredBytes = Arrays.copyOf(referredBytes, 2 * referredCount);
    }
    System.arraycopy(referred, at, referred, at + 1, referredCount - at);
    System.arraycopy(referredBytes, at, referredBytes, at + 1, referredCount - at);
    referred[at] = place.file();
    referredBytes[at] = bytes;
    referredCount++;
  }
}
