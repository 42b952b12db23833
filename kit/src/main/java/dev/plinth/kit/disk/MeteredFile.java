package dev.plinth.kit.disk;

import dev.plinth.spi.ByteCause;
import dev.plinth.spi.disk.DiskFile;
import dev.plinth.spi.disk.ReadAdvice;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

/// A file of a [MeteredDisk].
final class MeteredFile implements DiskFile {
  private final DiskFile file;
  private final DiskMeter meter;

  MeteredFile(DiskFile file, DiskMeter meter) {
    this.file = file;
    this.meter = meter;
  }

  @Override
  public Path path() {
    return file.path();
  }

  @Override
  public long size() {
    return file.size();
  }

  @Override
  public int read(long offset, MemorySegment target, long targetOffset, int length) {
    int count = file.read(offset, target, targetOffset, length);
    meter.read(count);
    return count;
  }

  @Override
  public void write(
      long offset, MemorySegment source, long sourceOffset, long length, ByteCause cause) {
    file.write(offset, source, sourceOffset, length, cause);
    meter.wrote(length, cause);
  }

  @Override
  public void truncate(long size) {
    file.truncate(size);
  }

  @Override
  public void reserve(long size) {
    file.reserve(size);
  }

  @Override
  public void reserve(long offset, long length) {
    file.reserve(offset, length);
  }

  @Override
  public boolean discard(long offset, long length) {
    return file.discard(offset, length);
  }

  @Override
  public void writeBack(long offset, long length) {
    file.writeBack(offset, length);
  }

  @Override
  public void syncData() {
    long start = System.nanoTime();
    file.syncData();
    meter.synced(System.nanoTime() - start);
  }

  @Override
  public void syncAll() {
    long start = System.nanoTime();
    file.syncAll();
    meter.synced(System.nanoTime() - start);
  }

  @Override
  public MemorySegment map(long offset, long length, Arena arena) {
    return file.map(offset, length, arena);
  }

  @Override
  public void advise(long offset, long length, ReadAdvice advice) {
    file.advise(offset, length, advice);
  }

  @Override
  public void close() {
    file.close();
  }
}
