package dev.plinth.kit.disk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.plinth.spi.StorageException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.AsynchronousCloseException;
import java.nio.file.AccessDeniedException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class DiskErrorsTest {
  private static final Path FILE = Path.of("data", "7.log");

  @Test
  void fullDisksAndQuotasAreNoSpace() {
    for (int errno : new int[] {DiskErrors.ENOSPC, DiskErrors.EDQUOT}) {
      StorageException e = DiskErrors.of("writing 5 bytes", FILE, 12, errno);
      assertEquals(StorageException.NoSpace.class, e.getClass());
    }
    for (String text :
        List.of(
            "No space left on device",
            "There is not enough space on the disk",
            "Disk quota exceeded")) {
      assertEquals(
          StorageException.NoSpace.class,
          DiskErrors.of("writing", FILE, 12, new IOException(text)).getClass());
      assertEquals(
          StorageException.NoSpace.class,
          DiskErrors.of("linking", FILE, -1, new FileSystemException("a", "b", text)).getClass());
    }
  }

  @Test
  void everythingElseIsIoWithTheCause() {
    for (int errno = 1; errno < 134; errno++) {
      StorageException e = DiskErrors.of("writing 5 bytes", FILE, 12, errno);
      assertTrue(e.getMessage().startsWith(FILE + ": writing 5 bytes at offset 12 failed: "));
      assertTrue(e.getMessage().contains(" (errno " + errno + "); "), e.getMessage());
    }
    IOException cause = new FileSystemException("a", null, "Read-only file system");
    StorageException e = DiskErrors.of("opening", FILE, -1, cause);
    assertSame(cause, e.getCause());
    assertEquals(StorageException.Io.class, e.getClass());
    assertTrue(e.getMessage().contains("mount the file system for writing"), e.getMessage());
    assertTrue(message(new AccessDeniedException("a")).contains("give this user the right"));
    assertTrue(message(new IOException("Too many open files")).contains("ulimit"));
    assertTrue(
        message(new AtomicMoveNotSupportedException("a", "b", "c")).contains("not supported"));
    assertTrue(message(new IOException((String) null)).contains("kernel's log"));
  }

  @Test
  void actionsAreTranslated() {
    assertEquals(5, DiskErrors.attempt("counting", FILE, -1, () -> 5));
    assertThrows(
        StorageException.Io.class,
        () ->
            DiskErrors.attempt(
                "counting",
                FILE,
                -1,
                () -> {
                  throw new IOException("x");
                }));
    assertThrows(
        StorageException.Io.class,
        () ->
            DiskErrors.attempt(
                "counting",
                FILE,
                -1,
                () -> {
                  throw new UncheckedIOException(new IOException("x"));
                }));
    assertThrows(
        StorageException.Closed.class,
        () ->
            DiskErrors.attempt(
                "counting",
                FILE,
                -1,
                () -> {
                  throw new AsynchronousCloseException();
                }));
  }

  @Test
  void failuresOfDiskThreadsComeThrough() {
    assertThrows(
        StorageException.Io.class,
        () ->
            DiskThreads.run(
                "counting",
                FILE,
                -1,
                () -> {
                  throw new IOException("x");
                }));
    assertThrows(
        AssertionError.class,
        () ->
            DiskThreads.run(
                "counting",
                FILE,
                -1,
                () -> {
                  throw new AssertionError("x");
                }));
  }

  private static String message(IOException cause) {
    return DiskErrors.of("opening", FILE, -1, cause).getMessage();
  }
}
