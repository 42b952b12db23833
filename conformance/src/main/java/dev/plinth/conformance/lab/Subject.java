package dev.plinth.conformance.lab;

import dev.plinth.conformance.model.QuietExecutor;
import dev.plinth.conformance.model.Violation;
import dev.plinth.spi.disk.Disk;
import java.util.List;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/// Something durable that the laboratory tries: an engine, a log, a Raft log store.
///
/// A subject runs seeded scripts on a [Disk] and can say, for any disk found after a crash, whether
/// what is there was allowed. The same seed gives the same script.
public interface Subject {
  /// The name in commands, such as `bitcask` or `log`.
  String name();

  /// What to add to a command so that it finds this subject with the same options; may be empty.
  default String commandOptions() {
    return "";
  }

  /// The layers it takes part in.
  Set<Layer> layers();

  /// Starts a script: opens the thing on an empty disk.
  ///
  /// @param seed makes the script
  /// @param size what the script is for, which says how long it should be
  /// @param disk where; the thing lies in a folder of its own choice
  /// @param tolerated whether a call of the disk was refused on purpose, so that a typed error is
  ///   no violation
  Run start(
      long seed, ScriptSize size, Disk disk, QuietExecutor background, BooleanSupplier tolerated);

  /// The operations of [#start(String, Disk, QuietExecutor)] on two keys a and b: put a, put b as
  /// durably as can be, delete a, delete b, delete both as a range, flush, reopen, lose power.
  String SEQUENCE_LETTERS = "pqdexfrc";

  /// Starts a given script: step 0 opens the thing on an empty disk, one step is made for every
  /// letter, and a last one compares everything that can be read.
  ///
  /// @param sequence some of [#SEQUENCE_LETTERS]
  /// @param disk where
  default Run start(String sequence, Disk disk, QuietExecutor background) {
    throw new UnsupportedOperationException(name() + " has no sequences");
  }

  /// Runs a long history with reopenings and crashes of its own.
  ///
  /// @return how many operations were run
  /// @throws Violation when something was not allowed
  default int history(long seed, int operations, QuietExecutor background) {
    throw new UnsupportedOperationException(name() + " has no histories");
  }

  /// Writes, reopens and checks in a real folder, while a child process is killed.
  default KillTrial killTrial(long seed) {
    throw new UnsupportedOperationException(name() + " has no kill trial");
  }

  /// Lets several threads call it at a time, and looks for an order of what they saw.
  ///
  /// @param alive told of progress, by any thread
  /// @throws Violation when there is none
  default RecordedCalls concurrent(long seed, QuietExecutor background, Consumer<String> alive) {
    throw new UnsupportedOperationException(name() + " has no concurrent histories");
  }

  /// The steps of a failing history, shortened, as text; empty when it does not fail.
  ///
  /// @param alive to be run between tries, to say that the work goes on
  default String shortened(long seed, int operations, QuietExecutor background, Runnable alive) {
    return "";
  }

  /// What a script is for.
  enum ScriptSize {
    /// Tens of operations: every step is crashed, every call refused.
    SHORT,
    /// As many as fill about 16 KiB: every byte is damaged.
    STORE
  }

  /// A script under way. [#step] and [#close] are called on one thread; [#mark] on any.
  interface Run extends AutoCloseable {
    /// How many steps the script has.
    int steps();

    /// The disk that it works on now: another one after a script has lost power.
    default Disk disk() {
      throw new UnsupportedOperationException("only scripts of sequences lose power");
    }

    /// What a step does, for people.
    String describe(int step);

    /// Runs a step and compares with the model.
    ///
    /// @throws Violation when something was not allowed
    void step(int step);

    /// What was promised so far; an immutable object that [#check] understands. Called with a
    /// disk's monitor held: it must not use the disk.
    Object mark();

    /// A promise of `early`, with everything begun until `late` allowed to be there.
    Object weakened(Object early, Object late);

    /// Opens what is found on a disk and checks it against a promise. Typed errors go to the
    /// caller. It closes what it opened.
    ///
    /// @param found the disk; may be written
    /// @param powerLost whether power was lost, and not only a process killed, since the promise
    /// @param probe chooses what to try beyond opening: other numbers, other trials
    /// @throws Violation when what is there was not allowed
    void check(Object mark, Disk found, boolean powerLost, long probe);

    /// Closes the thing in the ordinary way. Afterwards everything is promised.
    void finish();

    /// Lets go of everything, whatever state the disk is in; a second call does nothing.
    @Override
    void close();
  }

  /// A store in a real folder whose writers are killed.
  interface KillTrial {
    /// How a child's acknowledgement begins; its number, from 0 on, follows.
    String ACKNOWLEDGED = "ack ";

    /// The arguments of the child process behind its class name, for a round.
    List<String> childArguments(java.nio.file.Path folder, int round);

    /// The class with the child's `main`, which prints a line for each acknowledgement.
    String childClass();

    /// Opens the store and checks that everything acknowledged is there.
    ///
    /// @param lines what the child printed; the last may be cut off
    /// @return how many acknowledgements were checked
    int check(java.nio.file.Path folder, int round, List<String> lines);
  }
}
