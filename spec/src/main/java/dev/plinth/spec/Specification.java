package dev.plinth.spec;

import java.nio.file.Path;
import java.util.List;

/// A specification as it lies in a working folder: `NAME.tla`, a model in `NAME.cfg`, a smaller one
/// in `Quick.cfg`, mutants in `mutants`, and where traces are checked `NAMETrace.tla`.
///
/// @param name that of its module and folder
/// @param folder where its files are
/// @param mutants the names of the bugs that TLC has to reject, ascending
record Specification(String name, Path folder, List<String> mutants) {
  Specification {
    mutants = List.copyOf(mutants);
  }

  String module() {
    return name + ".tla";
  }

  /// The file of a model.
  String model(boolean full) {
    return full ? name + ".cfg" : "Quick.cfg";
  }

  String mutantModel(String mutant) {
    return "mutants/" + mutant + ".cfg";
  }
}
