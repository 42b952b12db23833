package dev.plinth.conformance.lab;

import dev.plinth.conformance.model.QuietExecutor;
import java.util.function.BooleanSupplier;

/// What a layer gets for one round: the subject, where to count, and when to stop.
///
/// @param subject what is tried
/// @param background runs background work
/// @param pulse told of progress
/// @param tally where to count and fail
/// @param number the number of the round, from 0 on; its seed is that much higher than the first
/// @param ended whether time is over or enough was counted; asked between cases
record Round(
    Subject subject,
    QuietExecutor background,
    Pulse pulse,
    Tally tally,
    long number,
    BooleanSupplier ended) {

  /// Records a violation with the command that replays it.
  void fail(Layer layer, long seed, String point, Throwable thrown) {
    String options = subject.commandOptions();
    String command =
        "./plinth lab replay --engine "
            + subject.name()
            + (options.isEmpty() ? "" : " " + options)
            + " --layer "
            + layer.label()
            + " --seed "
            + seed
            + " --point "
            + point;
    String detail = thrown.getMessage() == null ? thrown.toString() : thrown.getMessage();
    tally.add("violations", 1);
    tally.fail(new Tally.Failure(layer, seed, point, detail, command));
  }
}
