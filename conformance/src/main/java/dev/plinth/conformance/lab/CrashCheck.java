package dev.plinth.conformance.lab;

import dev.plinth.conformance.disk.CrashState;
import dev.plinth.conformance.disk.SimDisk;
import dev.plinth.conformance.model.Violation;
import dev.plinth.spi.StorageException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// Opens what crashes leave while a script runs, and checks it. What was checked before, the same
/// bytes against the same promise with the same trial, is counted and not opened again.
final class CrashCheck {
  private static final int PROBES = 3;

  private final Round round;
  private final Subject.Run run;
  private final String counted;
  private final Set<Trial> seen = new HashSet<>();

  /// @param counted the name under which checked states are counted
  CrashCheck(Round round, Subject.Run run, String counted) {
    this.round = round;
    this.run = run;
    this.counted = counted;
  }

  /// The disk just before a step took effect.
  ///
  /// @param scriptStep what the script did then
  /// @param step the number of the disk's step
  /// @param mark what was promised
  record Moment(int scriptStep, long step, String operation, SimDisk image, Object mark) {}

  /// What to find at a moment.
  ///
  /// @param probe what to try beyond opening
  /// @param secondStep a step of the recovery that crashes again; 0 for none
  record Case(CrashState state, long probe, long secondStep, CrashState secondState) {
    /// Without a second crash.
    static Case once(CrashState state, long probe) {
      return new Case(state, probe, 0, state);
    }

    boolean isDouble() {
      return secondStep > 0;
    }

    String point(long step) {
      String first = step + ":" + state + ":" + probe;
      return isDouble() ? first + ":" + secondStep + ":" + secondState : first;
    }

    /// Reads what [#point] wrote, from its second part on.
    static Case parse(String[] parts) {
      boolean twice = parts.length > 3;
      return new Case(
          CrashState.parse(parts[1]),
          Long.parseLong(parts[2]),
          twice ? Long.parseLong(parts[3]) : 0,
          CrashState.parse(twice ? parts[4] : "a"));
    }
  }

  /// What makes two checks the same. Two crashes are never taken for the same.
  private record Trial(
      SimDisk.Print print, int scriptStep, Object mark, boolean powerLost, long probe) {}

  /// Shows every step of a disk as a moment, on the thread that makes it.
  ///
  /// @param scriptStep says what the script does now
  /// @param moments told of each
  static void watch(
      SimDisk disk,
      Subject.Run run,
      java.util.function.IntSupplier scriptStep,
      java.util.function.Consumer<Moment> moments) {
    disk.watch(
        (seen, step, operation) -> {
          Object mark = run.mark();
          moments.accept(new Moment(scriptStep.getAsInt(), step, operation, seen.image(), mark));
        });
  }

  /// Checks one case.
  ///
  /// @throws Violation when what was found was not allowed
  void check(Moment moment, Case one) {
    String where = "step " + moment.step() + " (" + moment.operation() + ") state " + one.state();
    boolean powerLost = losesPower(one.state());
    SimDisk found = moment.image().crash(one.state());
    if (!isNew(moment, one, powerLost, found)) {
      round.tally().add(counted + " found before", 1);
      return;
    }
    List<SimDisk> recovery = new ArrayList<>();
    if (one.isDouble()) {
      found.watch(
          (seen, step, _) -> {
            if (step <= one.secondStep()) {
              recovery.clear();
              recovery.add(seen.image());
            }
          });
    }
    open(moment.mark(), found, powerLost, one.probe(), where);
    round.tally().add(counted, 1);
    if (!recovery.isEmpty()) {
      SimDisk second = recovery.getFirst().crash(one.secondState());
      String twice = where + ", then " + one.secondState() + " in recovery";
      boolean lost = powerLost || losesPower(one.secondState());
      open(moment.mark(), second, lost, one.probe(), twice);
      round.tally().add(counted, 1);
      round.tally().add("double crashes", 1);
    }
  }

  /// After a kill the disk still holds what is not synced: its print does not tell all of it.
  private boolean isNew(Moment moment, Case one, boolean powerLost, SimDisk found) {
    return one.isDouble()
        || one.state() instanceof CrashState.ProcessKilled
        || seen.add(
            new Trial(
                found.print(),
                moment.scriptStep(),
                moment.mark(),
                powerLost,
                one.probe() % PROBES));
  }

  private static boolean losesPower(CrashState state) {
    return !(state instanceof CrashState.ProcessKilled)
        && !(state instanceof CrashState.Everything);
  }

  private void open(Object mark, SimDisk found, boolean powerLost, long probe, String where) {
    try {
      run.check(mark, found, powerLost, probe);
    } catch (StorageException e) {
      throw new Violation("D9", where + ": does not open: " + e, e);
    } catch (Violation e) {
      throw new Violation(e.clause(), where + ": " + e.getMessage(), e);
    } catch (RuntimeException e) {
      throw new Violation("SPI", where + ": threw " + e, e);
    }
    if (!found.violations().isEmpty()) {
      throw new Violation("SPI", where + ": " + found.violations().getFirst());
    }
  }
}
