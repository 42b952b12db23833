package dev.plinth.peers.lmdb;

/// LMDB that writes by calls: `lmdb`.
public final class LmdbFileProvider extends LmdbProvider {
  /// For [java.util.ServiceLoader].
  public LmdbFileProvider() {
    super(false);
  }

  @Override
  public String name() {
    return "lmdb";
  }

  @Override
  public String description() {
    return "LMDB, a copy-on-write B+tree in a mapped file, through lmdbjava (native)";
  }
}
