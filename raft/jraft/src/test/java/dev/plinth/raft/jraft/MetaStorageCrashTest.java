package dev.plinth.raft.jraft;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.alipay.sofa.jraft.entity.PeerId;
import com.alipay.sofa.jraft.option.RaftMetaStorageOptions;
import com.alipay.sofa.jraft.storage.RaftMetaStorage;
import dev.plinth.conformance.disk.CrashState;
import dev.plinth.conformance.disk.Fault;
import dev.plinth.conformance.disk.FaultDisk;
import dev.plinth.conformance.disk.SimDisk;
import dev.plinth.conformance.model.QuietExecutor;
import dev.plinth.raft.store.StorageConfiguration;
import dev.plinth.spi.EngineEnvironment;
import dev.plinth.spi.disk.Disk;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// JRaft's vote and term through crashes at every step of the disk and failures of every call: what
/// was saved stays, and neither term nor vote goes back (clause D12).
final class MetaStorageCrashTest {
  private static final int SAVES = 30;
  private static final Path FOLDER = Path.of("/meta");

  private record Meta(long term, String vote) {}

  /// @param saved how many saves had returned
  /// @param begun how many had begun
  private record Image(SimDisk disk, int saved, int begun) {}

  private static final Logger LOGGER = Logger.getLogger("dev.plinth.raft.jraft");

  private final QuietExecutor background = new QuietExecutor();
  private final List<Meta> saves = new ArrayList<>();
  private int saved;

  @BeforeAll
  static void quiet() {
    LOGGER.setLevel(Level.OFF);
  }

  @AfterAll
  static void loud() {
    LOGGER.setLevel(null);
  }

  @AfterEach
  void close() {
    background.close();
  }

  private static SimDisk disk() {
    SimDisk disk = new SimDisk();
    disk.createDirectories(FOLDER);
    disk.syncDirectory(Path.of("/"));
    return disk;
  }

  private RaftMetaStorage storage(Disk on, String engine) {
    EngineEnvironment environment =
        EngineEnvironment.standard().withDisk(on).withEvents(_ -> {}).withBackground(background);
    Map<String, String> options =
        engine.equals(StorageConfiguration.SEGMENTED)
            ? Map.of("log.engine", engine, "log.segment.bytes", "4KiB", "log.prefill.bytes", "0")
            : Map.of("log.engine", engine);
    return new PlinthRaftMetaStorage(
        LogUri.of(FOLDER.toString()), StorageConfiguration.of(options, environment));
  }

  private static Meta found(RaftMetaStorage storage) {
    return new Meta(storage.getTerm(), storage.getVotedFor().toString());
  }

  /// Saves terms and votes until one is refused.
  private void save(RaftMetaStorage storage, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    saves.clear();
    saved = 0;
    saves.add(found(storage));
    for (int i = 0; i < SAVES; i++) {
      Meta last = saves.getLast();
      long term = last.term() + 1 + random.nextInt(3);
      PeerId peer = PeerId.parsePeer("10.0.0." + random.nextInt(1, 9) + ":80");
      boolean done =
          switch (random.nextInt(3)) {
            case 0 -> {
              saves.add(new Meta(term, last.vote()));
              yield storage.setTerm(term);
            }
            case 1 -> {
              saves.add(new Meta(last.term(), peer.toString()));
              yield storage.setVotedFor(peer);
            }
            default -> {
              saves.add(new Meta(term, peer.toString()));
              yield storage.setTermAndVotedFor(term, peer);
            }
          };
      background.await();
      if (!done) {
        return;
      }
      saved = saves.size() - 1;
    }
  }

  private int check(SimDisk left, String engine, int least, int most, String what) {
    RaftMetaStorage storage = storage(left, engine);
    assertTrue(storage.init(new RaftMetaStorageOptions()), what);
    Meta found = found(storage);
    int at = saves.subList(least, most + 1).indexOf(found);
    assertTrue(
        at >= 0, () -> what + ": " + found + " is none of " + saves.subList(least, most + 1));
    storage.shutdown();
    background.await();
    return least + at;
  }

  private static List<CrashState> states(long seed) {
    return List.of(
        new CrashState.NothingUnsynced(),
        new CrashState.Everything(),
        new CrashState.ProcessKilled(),
        new CrashState.OrderedPrefix(seed),
        new CrashState.AnySubset(seed),
        new CrashState.AnySubset(seed + 1));
  }

  @ParameterizedTest
  @ValueSource(strings = {StorageConfiguration.SEGMENTED, "bitcask"})
  void neitherTermNorVoteGoesBackInACrash(String engine) {
    SimDisk disk = disk();
    RaftMetaStorage storage = storage(disk, engine);
    assertTrue(storage.init(new RaftMetaStorageOptions()));
    List<Image> images = new ArrayList<>();
    disk.watch((on, _, _) -> images.add(new Image(on.image(), saved, saves.size() - 1)));
    save(storage, 11);
    assertEquals(SAVES, saved);
    storage.shutdown();
    background.await();
    assertTrue(images.size() >= SAVES, () -> images.size() + " steps");
    int states = 0;
    for (int i = 0; i < images.size(); i++) {
      Image image = images.get(i);
      for (CrashState state : states(i * 10L)) {
        String what = engine + ", step " + i + ", " + state;
        SimDisk left = image.disk().crash(state);
        int now = check(left, engine, image.saved(), image.begun(), what);
        // What a recovery has shown stays.
        SimDisk again = left.crash(new CrashState.NothingUnsynced());
        assertEquals(now, check(again, engine, image.saved(), image.begun(), what), what);
        states++;
      }
    }
    System.out.printf("vote and term of JRaft on %s: %d crash states%n", engine, states);
  }

  @ParameterizedTest
  @ValueSource(strings = {StorageConfiguration.SEGMENTED, "bitcask"})
  void aRefusedCallIsToldAndNothingSavedIsLost(String engine) {
    for (Fault.Kind kind : Fault.Kind.values()) {
      boolean more = true;
      for (int index = 1; more; index++) {
        SimDisk disk = disk();
        FaultDisk faulty = new FaultDisk(disk, Fault.none(kind));
        RaftMetaStorage storage = storage(faulty, engine);
        assertTrue(storage.init(new RaftMetaStorageOptions()));
        faulty.arm(new Fault(kind, index, index % 2 == 0));
        save(storage, 12);
        String what = engine + ", " + kind + ":" + index;
        more = faulty.failure() != null;
        if (saved < SAVES) {
          assertTrue(more, what);
          assertFalse(storage.setTerm(saves.getLast().term() + 1), what);
          saves.add(new Meta(saves.getLast().term() + 1, saves.getLast().vote()));
        }
        faulty.arm(Fault.none(kind));
        storage.shutdown();
        background.await();
        check(disk.crash(new CrashState.NothingUnsynced()), engine, saved, saves.size() - 1, what);
      }
    }
  }
}
