package dev.plinth.conformance.lab;

import dev.plinth.conformance.disk.CrashState;
import dev.plinth.conformance.disk.SimDisk;
import dev.plinth.conformance.model.History;
import dev.plinth.conformance.model.Violation;
import dev.plinth.spi.StorageException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;

/// Changes every byte of a small store in three ways: one bit turned, zero, 0xff. What is found is
/// reported, or harmless (clause D6): after a clean close the content is exactly right; after a
/// crash only the end may be missing. How much of the end, only the store's own watermarks say:
/// here it is what was promised before the last third of the script that must be there.
///
/// Of long stretches of zeros, such as reserved room, every 61st byte is changed. A point is
/// `closed/FILE@OFFSET=VALUE` or `crashed/FILE@OFFSET=VALUE`, the value in hexadecimal.
final class DamageLayer implements LayerRunner {
  private static final int ZEROS_STRIDE = 61;
  private static final int EDGE_BYTES = 64;
  private static final long OPEN_AND_CLOSE = 2;

  @Override
  public Layer layer() {
    return Layer.DAMAGE;
  }

  /// A store, closed or left at a loss of power, with what was promised.
  private record Store(String kind, SimDisk image, Object mark, boolean powerLost) {}

  private record Aim(Store store, Damage damage) {}

  private record Damage(String file, long offset, byte value) {
    @Override
    public String toString() {
      return file + "@" + offset + "=" + String.format("%02x", value & 0xff);
    }

    static Damage parse(String text) {
      int at = text.lastIndexOf('@');
      int equal = text.lastIndexOf('=');
      return new Damage(
          text.substring(0, at),
          Long.parseLong(text.substring(at + 1, equal)),
          (byte) Integer.parseInt(text.substring(equal + 1), 16));
    }
  }

  /// Uses the stores of a seed while their script is open.
  private interface Visitor {
    void stores(Subject.Run run, List<Store> stores);
  }

  private static void build(Round round, long seed, Visitor visitor) {
    SimDisk disk = History.disk();
    Subject.Run run =
        round
            .subject()
            .start(seed, Subject.ScriptSize.STORE, disk, round.background(), () -> false);
    try (run) {
      Object early = run.mark();
      for (int step = 0; step < run.steps(); step++) {
        round.pulse().beat("damage seed " + seed + " step " + step + ": " + run.describe(step));
        run.step(step);
        if (step == run.steps() * 2 / 3) {
          early = run.mark();
        }
      }
      SimDisk crashed = disk.image().crash(new CrashState.Everything());
      Object before = run.weakened(early, run.mark());
      run.finish();
      List<Store> stores =
          List.of(
              new Store("closed", disk.image(), run.mark(), false),
              new Store("crashed", crashed.image(), before, true));
      visitor.stores(run, stores);
    }
  }

  @Override
  public void round(Round round, long seed) {
    String[] point = {"none"};
    try {
      build(
          round,
          seed,
          (run, stores) -> {
            if (damageAll(round, seed, run, stores, point)) {
              round.tally().add("damaged stores", 1);
            }
          });
    } catch (AssertionError e) {
      round.fail(Layer.DAMAGE, seed, point[0], e);
    }
  }

  private static boolean damageAll(
      Round round, long seed, Subject.Run run, List<Store> stores, String[] point) {
    List<Aim> aims = new ArrayList<>();
    for (Store store : stores) {
      damages(store).forEach(damage -> aims.add(new Aim(store, damage)));
    }
    Collections.shuffle(aims, new Random(seed));
    Set<String> bytes = new HashSet<>();
    for (Aim aim : aims) {
      Store store = aim.store();
      Damage damage = aim.damage();
      if (round.ended().getAsBoolean()) {
        return false;
      }
      point[0] = store.kind() + "/" + damage;
      round.pulse().beat("damage seed " + seed + " point " + point[0]);
      boolean reported = check(run, store, damage);
      round.tally().add(reported ? "damages reported" : "damages harmless", 1);
      if (bytes.add(store.kind() + damage.file() + "@" + damage.offset())) {
        round.tally().add("damaged bytes of a " + store.kind() + " store", 1);
      }
    }
    return true;
  }

  private static List<Damage> damages(Store store) {
    List<Damage> all = new ArrayList<>();
    store
        .image()
        .content(History.STORE)
        .forEach(
            (file, bytes) -> {
              for (int i = 0; bytes != null && i < bytes.length; i++) {
                if (i % ZEROS_STRIDE == 0 || nearData(bytes, i)) {
                  addDamages(all, file, bytes, i);
                }
              }
            });
    return all;
  }

  private static void addDamages(List<Damage> all, String file, byte[] bytes, int offset) {
    byte old = bytes[offset];
    Set<Byte> values = new java.util.TreeSet<>();
    values.add((byte) (old ^ (1 << (offset % 8))));
    values.add((byte) 0);
    values.add((byte) 0xff);
    values.remove(old);
    values.forEach(value -> all.add(new Damage(file, offset, value)));
  }

  private static boolean nearData(byte[] bytes, int offset) {
    int from = Math.max(0, offset - EDGE_BYTES);
    int to = Math.min(bytes.length, offset + EDGE_BYTES);
    for (int i = from; i < to; i++) {
      if (bytes[i] != 0) {
        return true;
      }
    }
    return false;
  }

  /// @return whether the damage was reported
  private static boolean check(Subject.Run run, Store store, Damage damage) {
    SimDisk found = store.image().crash(new CrashState.ProcessKilled());
    Path file = History.STORE.resolve(damage.file());
    found.damage(file, damage.offset(), damage.value());
    try {
      run.check(store.mark(), found, store.powerLost(), OPEN_AND_CLOSE);
      return false;
    } catch (StorageException.Corrupt
        | StorageException.UnsupportedFormat
        | StorageException.InvalidConfiguration e) {
      return true;
    } catch (Violation e) {
      String clause = e.clause().equals("SPI") ? "SPI" : "D6";
      throw new Violation(clause, damage + " in a " + store.kind() + " store: " + e, e);
    } catch (RuntimeException | Error e) {
      throw new Violation("D6", damage + " in a " + store.kind() + " store: threw " + e, e);
    }
  }

  @Override
  public void replay(Round round, long seed, String point) {
    int slash = point.indexOf('/');
    String kind = point.substring(0, slash);
    Damage damage = Damage.parse(point.substring(slash + 1));
    build(
        round,
        seed,
        (run, stores) -> {
          for (Store store : stores) {
            if (store.kind().equals(kind)) {
              check(run, store, damage);
            }
          }
        });
  }
}
