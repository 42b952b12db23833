package dev.plinth.lsm;

import dev.plinth.kit.tree.TableNames;
import dev.plinth.lsm.table.BlobFile;
import dev.plinth.lsm.table.VerifiedRecords;
import dev.plinth.spi.disk.Disk;
import java.nio.file.Path;

/// A blob file of the tree.
final class BlobHandle extends FileHandle<BlobFile> {
  private static final String ENDING = ".blob";

  private final BlobMeta meta;
  private final VerifiedRecords verified;

  BlobHandle(Disk disk, Path directory, BlobMeta meta, VerifiedRecords verified) {
    super(disk, path(directory, meta.number()));
    this.verified = verified;
    this.meta = meta;
  }

  /// The name of the blob file with a number.
  static Path path(Path directory, long number) {
    return directory.resolve(TableNames.file(number, ENDING));
  }

  /// The number in the name of a blob file; -1 for any other name.
  static long number(String name) {
    return TableNames.number(name, ENDING);
  }

  BlobMeta meta() {
    return meta;
  }

  @Override
  BlobFile openFile() {
    return new BlobFile(disk, path(), meta.identity(), meta.bytes(), verified);
  }

  @Override
  void closeFile(BlobFile file) {
    file.close();
  }

  @Override
  long bytes() {
    return meta.bytes();
  }
}
