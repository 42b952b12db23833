package dev.plinth.raft.store;

import dev.plinth.raft.store.chronicle.ChronicleEntryCodec;

/// Makes the codec of new batches.
final class StandardCodec {
  private static final boolean CHRONICLE = isThere("net.openhft.chronicle.bytes.PointerBytesStore");

  private StandardCodec() {}

  static EntryCodec make() {
    return CHRONICLE ? new ChronicleEntryCodec() : StopBitCodec.INSTANCE;
  }

  static boolean isThere(String className) {
    try {
      Class.forName(className, false, StandardCodec.class.getClassLoader());
      return true;
    } catch (ClassNotFoundException | LinkageError e) {
      return false;
    }
  }
}
