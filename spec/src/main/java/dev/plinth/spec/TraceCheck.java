package dev.plinth.spec;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Lets TLC follow traces of one specification, and altered copies of them, in one run.
final class TraceCheck {
  private static final String TROUBLE = "Error:";

  private TraceCheck() {}

  /// One finding for each trace: good when it was followed to its end and none of its copies was.
  static List<Finding> run(Tlc tlc, Specification specification, TraceSource source, int count) {
    List<Trace> all = new ArrayList<>();
    List<Integer> owner = new ArrayList<>();
    for (int seed = 1; seed <= count; seed++) {
      Trace trace = source.record(seed);
      all.add(trace);
      owner.add(-1);
      int own = all.size() - 1;
      for (Trace copy : source.altered(trace)) {
        all.add(copy);
        owner.add(own);
      }
    }
    return findings(all, owner, follow(tlc, specification, all));
  }

  /// How many events of each trace TLC follows, in a folder of its own.
  static int[] follow(Tlc tlc, Specification specification, List<Trace> traces) {
    String module = specification.name() + "Trace.tla";
    Path folder;
    try {
      folder = Files.createTempDirectory(specification.folder(), "traces");
      for (String file : List.of(specification.module(), module, "Trace.cfg")) {
        Files.copy(specification.folder().resolve(file), folder.resolve(file));
      }
      Files.writeString(folder.resolve("Traces.tla"), TraceModule.text(traces));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    String output = tlc.run(folder, List.of("-deadlock", "-config", "Trace.cfg", module));
    if (output.contains(TROUBLE)) {
      throw new IllegalStateException("TLC cannot follow the traces: " + output);
    }
    return TraceModule.followed(output, traces.size());
  }

  private static List<Finding> findings(List<Trace> all, List<Integer> owner, int[] followed) {
    List<Finding> findings = new ArrayList<>();
    for (int i = 0; i < all.size(); i++) {
      if (owner.get(i) < 0) {
        findings.add(finding(all, owner, followed, i));
      }
    }
    return findings;
  }

  private static Finding finding(
      List<Trace> all, List<Integer> owner, int[] followed, int original) {
    Trace trace = all.get(original);
    int events = trace.events().size();
    if (followed[original] < events) {
      String stopped =
          "refused at event "
              + (followed[original] + 1)
              + ": "
              + trace.events().get(followed[original]);
      return new Finding(Finding.Kind.TRACE, trace.name(), false, stopped);
    }
    int copies = 0;
    for (int i = 0; i < all.size(); i++) {
      if (owner.get(i) == original) {
        copies++;
        if (followed[i] >= all.get(i).events().size()) {
          String detail = "accepted, though altered: " + all.get(i).name();
          return new Finding(Finding.Kind.TRACE, trace.name(), false, detail);
        }
      }
    }
    String detail = events + " events accepted, " + copies + " altered copies refused";
    return new Finding(Finding.Kind.TRACE, trace.name(), copies > 0, detail);
  }
}
