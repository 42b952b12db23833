package dev.plinth.kit.disk;

import dev.plinth.spi.ByteLedger;
import dev.plinth.spi.disk.Disk;
import dev.plinth.spi.disk.DiskFile;
import dev.plinth.spi.disk.OpenMode;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;

/// A disk that counts what passes through it: bytes written by cause, bytes read, calls, syncs and
/// their time. Every engine wraps its disk in one. Counting allocates nothing and takes no lock;
/// any thread may use it.
public final class MeteredDisk implements Disk {
  private final Disk disk;
  private final DiskMeter meter = new DiskMeter();

  /// Counts what goes to another disk.
  public MeteredDisk(Disk disk) {
    this.disk = disk;
  }

  /// Bytes written to files, by cause. Writes that failed are not counted.
  public ByteLedger ledger() {
    return meter.ledger();
  }

  /// Bytes read from files by calls, and those reported with [#mappedBytesTouched].
  public long fileBytesRead() {
    return meter.bytesRead.sum();
  }

  /// How many read calls were made.
  public long reads() {
    return meter.reads.sum();
  }

  /// How many write calls were made.
  public long writes() {
    return meter.writes.sum();
  }

  /// How many syncs of files and directories were made.
  public long syncs() {
    return meter.syncs.sum();
  }

  /// How long these syncs took together, in nanoseconds.
  public long syncNanos() {
    return meter.syncNanos.sum();
  }

  /// How many mapped bytes the disk was told of before they were read.
  public long bytesAhead() {
    return meter.bytesAhead.sum();
  }

  /// Counts bytes that were read through a mapping, which no disk sees.
  public void mappedBytesTouched(long bytes) {
    meter.bytesRead.add(bytes);
  }

  @Override
  public DiskFile open(Path path, OpenMode mode) {
    return new MeteredFile(disk.open(path, mode), meter);
  }

  @Override
  public boolean exists(Path path) {
    return disk.exists(path);
  }

  @Override
  public long size(Path path) {
    return disk.size(path);
  }

  @Override
  public List<String> list(Path directory) {
    return disk.list(directory);
  }

  @Override
  public void createDirectories(Path directory) {
    disk.createDirectories(directory);
  }

  @Override
  public void rename(Path from, Path to) {
    disk.rename(from, to);
  }

  @Override
  public void delete(Path path) {
    disk.delete(path);
  }

  @Override
  public void link(Path existing, Path link) {
    disk.link(existing, link);
  }

  @Override
  public void syncDirectory(Path directory) {
    long start = System.nanoTime();
    disk.syncDirectory(directory);
    meter.synced(System.nanoTime() - start);
  }

  @Override
  public Lock lock(Path file) {
    return disk.lock(file);
  }

  @Override
  public long usableBytes(Path directory) {
    return disk.usableBytes(directory);
  }

  @Override
  public void willNeed(MemorySegment mapped, long offset, long length) {
    disk.willNeed(mapped, offset, length);
    meter.bytesAhead.add(length);
  }
}
