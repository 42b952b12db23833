package dev.plinth.kv.state;

import com.alipay.sofa.jraft.entity.RaftOutter.SnapshotMeta;
import com.alipay.sofa.jraft.storage.snapshot.SnapshotReader;
import com.google.protobuf.Message;
import java.nio.file.Path;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A snapshot in a folder, of which only the folder is known.
final class FakeSnapshot extends SnapshotReader {
  private final Path folder;

  FakeSnapshot(Path folder) {
    this.folder = folder;
  }

  @Override
  public String getPath() {
    return folder.toString();
  }

  @Override
  public Set<String> listFiles() {
    return Set.of();
  }

  @Override
  public @Nullable Message getFileMeta(String name) {
    return null;
  }

  @Override
  public SnapshotMeta load() {
    throw new UnsupportedOperationException();
  }

  @Override
  public String generateURIForCopy() {
    throw new UnsupportedOperationException();
  }

  @Override
  public boolean init(@Nullable Void options) {
    return true;
  }

  @Override
  public void shutdown() {}

  @Override
  public void close() {}
}
