package dev.plinth.kv.replica;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.plinth.conformance.disk.CrashState;
import dev.plinth.conformance.disk.Fault;
import dev.plinth.conformance.disk.FaultDisk;
import dev.plinth.conformance.disk.SimDisk;
import dev.plinth.kv.KvOptions;
import dev.plinth.spi.ByteCause;
import dev.plinth.spi.StorageException;
import dev.plinth.spi.disk.DiskFile;
import dev.plinth.spi.disk.OpenMode;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;

/// Whose directory it is: kept through crashes, failing disks and damage, or refused.
final class NodeFileTest {
  private static final Path HOME = Path.of("/data/kv/n1");
  private static final Path FILE = HOME.resolve("NODE");
  private static final String FACTS =
      "plinth-kv-node 1\nid n1\ncluster plinth\nraft 127.0.0.1:7101\n";

  private static KvOptions options(String id, String cluster) {
    return KvOptions.of(
        Map.of("node.id", id, "cluster.id", cluster, "raft.address", "127.0.0.1:7101"));
  }

  private static final KvOptions OWN = options("n1", "plinth");
  private static final KvOptions OTHER = options("n2", "plinth");

  private static byte[] sealed(String facts) {
    CRC32C crc = new CRC32C();
    crc.update(facts.getBytes(StandardCharsets.UTF_8));
    return (facts + String.format("crc %08x\n", crc.getValue())).getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] content(SimDisk disk) {
    byte[] bytes = disk.content(HOME).get("NODE");
    return bytes == null ? new byte[0] : bytes;
  }

  private static SimDisk holding(byte[] bytes) {
    SimDisk disk = new SimDisk();
    disk.createDirectories(HOME);
    try (DiskFile file = disk.open(FILE, OpenMode.CREATE)) {
      file.write(0, MemorySegment.ofArray(bytes), 0, bytes.length, ByteCause.OTHER);
      file.syncAll();
    }
    disk.syncDirectory(HOME);
    return disk;
  }

  /// The bytes of version 1, which every later one must read.
  @Test
  void theBytesAreThoseOfTheFormat() {
    SimDisk disk = new SimDisk();
    NodeFile.claim(disk, HOME, OWN);
    assertArrayEquals(sealed(FACTS), content(disk));
    assertEquals(List.of("NODE"), disk.list(HOME));
    NodeFile.claim(holding(sealed(FACTS)), HOME, OWN);
  }

  @Test
  void anotherNodeIsRefusedAndChangesNothing() {
    SimDisk disk = new SimDisk();
    NodeFile.claim(disk, HOME, OWN);
    for (KvOptions stranger : List.of(OTHER, options("n1", "another"))) {
      StorageException e =
          assertThrows(
              StorageException.InvalidConfiguration.class,
              () -> NodeFile.claim(disk, HOME, stranger));
      assertTrue(String.valueOf(e.getMessage()).contains("this directory belongs to"));
      assertArrayEquals(sealed(FACTS), content(disk));
    }
  }

  /// After a crash at any step the directory is nobody's or this node's, never half of either; once
  /// claimed it stays claimed.
  @Test
  void aCrashAtAnyStepLeavesNobodysOrThisNodes() {
    List<SimDisk> moments = new ArrayList<>();
    SimDisk disk = new SimDisk();
    disk.watch((_, _, _) -> moments.add(disk.image()));
    NodeFile.claim(disk, HOME, OWN);
    disk.watch(null);
    assertTrue(moments.size() >= 6, moments.size() + " steps");
    for (SimDisk moment : moments) {
      for (CrashState state : states()) {
        SimDisk found = moment.crash(state);
        if (found.exists(FILE)) {
          assertArrayEquals(sealed(FACTS), content(found), state.toString());
        }
        NodeFile.claim(found, HOME, OWN);
        assertThrows(
            StorageException.InvalidConfiguration.class, () -> NodeFile.claim(found, HOME, OTHER));
      }
    }
    for (CrashState state : states()) {
      assertArrayEquals(sealed(FACTS), content(disk.crash(state)), state.toString());
    }
  }

  private static List<CrashState> states() {
    List<CrashState> states = new ArrayList<>();
    states.add(new CrashState.NothingUnsynced());
    states.add(new CrashState.Everything());
    states.add(new CrashState.ProcessKilled());
    for (long seed = 1; seed <= 10; seed++) {
      states.add(new CrashState.OrderedPrefix(seed));
      states.add(new CrashState.AnySubset(seed));
    }
    return states;
  }

  /// A name that a killed process had not synced yet is durable when the next claim returns.
  @Test
  void aClaimAfterAKillIsDurable() {
    SimDisk disk = new SimDisk();
    List<SimDisk> moments = new ArrayList<>();
    disk.watch((_, _, _) -> moments.add(disk.image()));
    NodeFile.claim(disk, HOME, OWN);
    for (SimDisk moment : moments) {
      SimDisk killed = moment.crash(new CrashState.ProcessKilled());
      NodeFile.claim(killed, HOME, OWN);
      assertArrayEquals(sealed(FACTS), content(killed.crash(new CrashState.NothingUnsynced())));
    }
  }

  @Test
  void aFailingDiskIsToldAndTheNextTrySucceeds() {
    for (Fault.Kind kind : Fault.Kind.values()) {
      FaultDisk counting = new FaultDisk(new SimDisk(), Fault.none(kind));
      NodeFile.claim(counting, HOME, OWN);
      assertTrue(counting.calls() > 0);
      for (long call = 1; call <= counting.calls(); call++) {
        Fault fault = new Fault(kind, call, false);
        SimDisk disk = new SimDisk();
        FaultDisk faulty = new FaultDisk(disk, fault);
        assertThrows(
            StorageException.class, () -> NodeFile.claim(faulty, HOME, OWN), fault.toString());
        SimDisk found = disk.crash(new CrashState.NothingUnsynced());
        NodeFile.claim(found, HOME, OWN);
        assertArrayEquals(sealed(FACTS), content(found), fault.toString());
      }
    }
  }

  /// No changed byte, and no cut, passes for a node's file.
  @Test
  void damageIsRefusedAndLeftAsItIs() {
    byte[] good = sealed(FACTS);
    for (int at = 0; at < good.length; at++) {
      for (int bit = 0; bit < 8; bit++) {
        byte[] damaged = good.clone();
        damaged[at] ^= (byte) (1 << bit);
        refusesAsCorrupt(damaged);
      }
      refusesAsCorrupt(java.util.Arrays.copyOf(good, at));
    }
    refusesAsCorrupt(java.util.Arrays.copyOf(good, good.length + 1));
    refusesAsCorrupt(new byte[1 << 20]);
    refusesAsCorrupt(sealed("plinth-kv-node 1\nid n1\ncluster plinth\n"));
    refusesAsCorrupt(sealed("plinth-kv-node 1\nid n1\nraft 127.0.0.1:7101\ncluster plinth\n"));
  }

  private static void refusesAsCorrupt(byte[] bytes) {
    SimDisk disk = holding(bytes);
    StorageException e =
        assertThrows(
            StorageException.Corrupt.class,
            () -> NodeFile.claim(disk, HOME, OWN),
            () -> new String(bytes, StandardCharsets.ISO_8859_1));
    assertTrue(String.valueOf(e.getMessage()).contains(FILE.toString()), e.getMessage());
    assertArrayEquals(bytes, content(disk));
  }

  @Test
  void anotherVersionIsNotRead() {
    SimDisk disk = holding(sealed(FACTS.replace("node 1", "node 2")));
    StorageException e =
        assertThrows(
            StorageException.UnsupportedFormat.class, () -> NodeFile.claim(disk, HOME, OWN));
    assertTrue(String.valueOf(e.getMessage()).contains("plinth-kv-node 2"), e.getMessage());
    assertThrows(
        StorageException.UnsupportedFormat.class,
        () -> NodeFile.claim(holding(sealed("")), HOME, OWN));
  }

  /// Data without its node's name is not given to whoever comes first.
  @Test
  void dataWithoutItsNodeIsRefused() {
    for (String folder : List.of("state", "log", "vote", "snapshots")) {
      SimDisk disk = new SimDisk();
      disk.createDirectories(HOME.resolve(folder));
      StorageException e =
          assertThrows(StorageException.Corrupt.class, () -> NodeFile.claim(disk, HOME, OWN));
      assertTrue(String.valueOf(e.getMessage()).contains("missing beside '" + folder + "'"));
      assertFalse(disk.exists(FILE));
    }
    SimDisk others = new SimDisk();
    others.createDirectories(HOME.resolve("lost+found"));
    NodeFile.claim(others, HOME, OWN);
    assertTrue(others.exists(FILE));
  }
}
