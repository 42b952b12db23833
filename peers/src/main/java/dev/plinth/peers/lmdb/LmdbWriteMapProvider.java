package dev.plinth.peers.lmdb;

/// LMDB that writes through its mapping, its fastest form: `lmdb-writemap`.
public final class LmdbWriteMapProvider extends LmdbProvider {
  /// For [java.util.ServiceLoader].
  public LmdbWriteMapProvider() {
    super(true);
  }

  @Override
  public String name() {
    return "lmdb-writemap";
  }

  @Override
  public String description() {
    return "LMDB writing through its mapping, its fastest form, through lmdbjava (native)";
  }
}
