package dev.plinth.conformance.disk;

/// Which calls of a [FaultDisk] fail, and how.
///
/// @param kind how they fail
/// @param index the first call to fail, counted from 1 among those the kind concerns
/// @param lasting whether every later one fails too
public record Fault(Kind kind, long index, boolean lasting) {

  /// How a call fails.
  public enum Kind {
    /// Any call fails with an input/output error. A failed sync loses what it should have saved.
    EIO,
    /// Any call fails for want of space.
    ENOSPC,
    /// A write puts the first half of its bytes into the file, then fails.
    SHORT_WRITE,
    /// A sync of a file or folder fails and loses what it should have saved.
    FAILED_SYNC;

    boolean concerns(DiskCall call) {
      return switch (this) {
        case EIO, ENOSPC -> true;
        case SHORT_WRITE -> call == DiskCall.WRITE;
        case FAILED_SYNC -> call == DiskCall.SYNC || call == DiskCall.SYNC_DIRECTORY;
      };
    }
  }

  /// A fault that never comes: for counting calls.
  public static Fault none(Kind kind) {
    return new Fault(kind, Long.MAX_VALUE, false);
  }

  /// Reads what [#toString()] wrote.
  public static Fault parse(String text) {
    String[] parts = text.split(":", -1);
    if (parts.length != 3 || !(parts[2].equals("once") || parts[2].equals("lasting"))) {
      throw new IllegalArgumentException("'" + text + "' is no fault: KIND:INDEX:once|lasting");
    }
    return new Fault(Kind.valueOf(parts[0]), Long.parseLong(parts[1]), parts[2].equals("lasting"));
  }

  @Override
  public String toString() {
    return kind + ":" + index + ":" + (lasting ? "lasting" : "once");
  }
}
