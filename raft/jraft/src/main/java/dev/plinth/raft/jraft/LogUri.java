package dev.plinth.raft.jraft;

import dev.plinth.spi.StorageException;
import java.nio.file.Path;

/// Where a group's log is: what JRaft calls a log or meta URI.
///
/// `DIRECTORY` alone is group 1 of a log in that directory; `DIRECTORY?group=N` is group N of a log
/// that several groups share, with one sync for all of them.
///
/// @param directory the log's directory, absolute
/// @param group the group's number in it, 0 or more
record LogUri(Path directory, long group) {
  private static final String GROUP = "?group=";
  private static final long GROUP_ALONE = 1;

  /// @throws StorageException.InvalidConfiguration when it is blank or its group is no number
  static LogUri of(String uri) {
    if (uri.isBlank()) {
      throw new StorageException.InvalidConfiguration(
          "the URI of the log is blank: name a directory");
    }
    int at = uri.lastIndexOf(GROUP);
    if (at < 0) {
      return new LogUri(path(uri), GROUP_ALONE);
    }
    String number = uri.substring(at + GROUP.length());
    if (!number.matches("[0-9]{1,18}")) {
      throw new StorageException.InvalidConfiguration(
          uri + ": group '" + number + "' is not a number from 0 on");
    }
    return new LogUri(path(uri.substring(0, at)), Long.parseLong(number));
  }

  private static Path path(String text) {
    return Path.of(text).toAbsolutePath().normalize();
  }
}
