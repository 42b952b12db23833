package dev.plinth.conformance.trace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.plinth.conformance.disk.Fault;
import dev.plinth.conformance.disk.FaultDisk;
import dev.plinth.conformance.disk.SimDisk;
import dev.plinth.spi.ByteCause;
import dev.plinth.spi.StorageException;
import dev.plinth.spi.disk.Disk;
import dev.plinth.spi.disk.DiskFile;
import dev.plinth.spi.disk.OpenMode;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class TracedDiskTest {
  private static final Path FOLDER = Path.of("folder");
  private static final Path OLD = FOLDER.resolve("old");
  private static final Path NEW = FOLDER.resolve("new");

  private final List<TraceStep> steps = new ArrayList<>();
  private final SimDisk below = new SimDisk();

  private static void write(DiskFile file, int value) {
    file.write(0, MemorySegment.ofArray(new byte[] {(byte) value}), 0, 1, ByteCause.OTHER);
  }

  @Test
  void changesAreToldInTheirOrderUnderTheNamesOfTheMoment() {
    below.createDirectories(FOLDER);
    Disk disk = ((TraceSink) steps::add).over(below);
    try (DiskFile file = disk.open(OLD, OpenMode.CREATE)) {
      write(file, 1);
      disk.rename(OLD, NEW);
      write(file, 2);
      file.syncData();
      ((TracedDisk) disk).tell("acknowledged", 2, "");
    }
    disk.syncDirectory(FOLDER);
    disk.delete(NEW);
    List<TraceStep> told = new ArrayList<>(steps);
    TraceStep.Written second = assertInstanceOf(TraceStep.Written.class, told.remove(3));
    TraceStep.Written first = assertInstanceOf(TraceStep.Written.class, told.remove(1));
    assertEquals(OLD, first.path());
    assertEquals(NEW, second.path());
    assertEquals(2, second.bytes().get(ValueLayout.JAVA_BYTE, 0));
    assertEquals(
        List.of(
            new TraceStep.Created(OLD),
            new TraceStep.Renamed(OLD, NEW),
            new TraceStep.Synced(NEW),
            new TraceStep.Told("acknowledged", 2, ""),
            new TraceStep.FolderSynced(FOLDER),
            new TraceStep.Deleted(NEW)),
        told);
  }

  @Test
  void aSyncThatFailsIsToldAsOne() {
    below.createDirectories(FOLDER);
    FaultDisk faulty = new FaultDisk(below, new Fault(Fault.Kind.FAILED_SYNC, 1, false));
    Disk disk = ((TraceSink) steps::add).over(faulty);
    try (DiskFile file = disk.open(OLD, OpenMode.CREATE)) {
      assertThrows(StorageException.class, file::syncData);
    }
    assertEquals(new TraceStep.SyncFailed(OLD), steps.getLast());
  }

  @Test
  void whereNobodyListensThereIsNothingBetween() {
    assertSame(below, TraceSink.NONE.over(below));
  }
}
