package dev.plinth.raft.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// What Linux has counted for this process, in bytes; -1 where it does not tell.
///
/// @param wchar passed to write calls
/// @param writeBytes sent or to be sent to the device
/// @param cancelled of these, spared by truncation and deletion
record ProcessIo(long wchar, long writeBytes, long cancelled) {
  static final ProcessIo NONE = new ProcessIo(-1, -1, -1);

  private static final Path FILE = Path.of("/proc/self/io");

  static ProcessIo now() {
    try {
      String text = Files.readString(FILE);
      return new ProcessIo(
          value(text, "wchar"), value(text, "\nwrite_bytes"), value(text, "cancelled_write_bytes"));
    } catch (IOException e) {
      return NONE;
    }
  }

  private static long value(String text, String name) {
    int at = text.indexOf(name + ": ");
    return at < 0
        ? -1
        : Long.parseLong(text.substring(at + name.length() + 2).lines().findFirst().orElse("-1"));
  }

  ProcessIo since(ProcessIo earlier) {
    return writeBytes < 0
        ? NONE
        : new ProcessIo(
            wchar - earlier.wchar, writeBytes - earlier.writeBytes, cancelled - earlier.cancelled);
  }
}
