package dev.plinth.spi.disk;

import dev.plinth.spi.ByteCause;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

/// An open file of a [Disk]: positional reads and writes, syncs, mappings for reading.
///
/// Threads: any number may read and write at once; overlapping writes are ordered by the caller.
/// Memory: segments passed in are used during the call only; they may be native or on the heap.
/// Errors: every failure is a [dev.plinth.spi.StorageException] that names the file. A write or
/// sync that failed leaves the affected bytes undefined: the caller must not retry it into success.
public interface DiskFile extends AutoCloseable {

  /// The name under which it was opened; a later rename does not change it.
  Path path();

  /// The current size in bytes.
  long size();

  /// Reads up to `length` bytes at `offset` into `target`.
  ///
  /// @return the number of bytes read: less than `length` only when the file ends there, 0 at or
  ///   behind its end
  int read(long offset, MemorySegment target, long targetOffset, int length);

  /// Writes all of `length` bytes at `offset`, growing the file when needed (a gap reads as zeros).
  ///
  /// The bytes are visible to readers of this file when the call returns, and durable after
  /// [#syncData()].
  ///
  /// @param cause what the byte ledger counts them as
  void write(long offset, MemorySegment source, long sourceOffset, long length, ByteCause cause);

  /// Cuts the file to `size` bytes; nothing when it is not longer. Never called on a file of which
  /// readers hold mappings behind `size`.
  void truncate(long size);

  /// Reserves room up to `size` bytes, so that writes below need no new allocation where the file
  /// system can promise that. The file's size grows to `size`; new bytes read as zeros.
  void reserve(long size);

  /// Reserves room for bytes below the file's size that may have been discarded; what was written
  /// there since stays. Nothing happens where there is room.
  ///
  /// @throws dev.plinth.spi.StorageException.NoSpace when the disk is full
  default void reserve(long offset, long length) {}

  /// Gives the room of bytes that nobody needs any more back to the file system. The file keeps its
  /// size, and other bytes stay. What is read there is undefined until it is written again, now and
  /// after a crash; a write there may find the disk full unless [#reserve(long, long)] came before.
  /// Never called on bytes of which readers hold mappings.
  ///
  /// @return false where the file system cannot give back, or has not given back, all of it
  default boolean discard(long offset, long length) {
    return false;
  }

  /// Says that written bytes will be synced soon, so that the operating system may begin to write
  /// them to the device. It waits for nothing, makes nothing durable and reports no failure: only
  /// [#syncData()] and [#syncAll()] do.
  default void writeBack(long offset, long length) {}

  /// Makes written bytes durable, with what is needed to find them again (the size), like
  /// `fdatasync`. When it fails the bytes may be lost although they can still be read.
  void syncData();

  /// As [#syncData()], with all of the file's metadata, like `fsync`.
  void syncAll();

  /// Maps bytes for reading. They must lie below the file's size and must never change or be cut
  /// while `arena` is alive.
  ///
  /// @param arena the life of the mapping; the file may be closed or deleted before it
  /// @return a read-only segment
  MemorySegment map(long offset, long length, Arena arena);

  /// Tells how a part of the file is going to be read; `length` 0 means up to its end.
  void advise(long offset, long length, ReadAdvice advice);

  /// Closes the file without making anything durable; a second call does nothing.
  @Override
  void close();
}
