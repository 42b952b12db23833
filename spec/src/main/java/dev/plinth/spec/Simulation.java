package dev.plinth.spec;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Random behaviours of a specification, made by TLC.
final class Simulation {
  private static final Pattern STEP =
      Pattern.compile("<<\\s*\"(\\w+)\",\\s*(?:\"(\\w*)\",\\s*)?(\\d+)\\s*>>");
  private static final String BEGIN = "\"behaviour\"";

  private Simulation() {}

  /// A step of a behaviour.
  ///
  /// @param name that of an action
  /// @param key the key it concerns; empty for none
  /// @param number its meaning depends on the action
  record Step(String name, String key, int number) {}

  /// Behaviours of the module `NAMESim`.
  static List<List<Step>> run(Tlc tlc, Specification specification, int count, long seed) {
    List<String> words = new ArrayList<>(List.of("-simulate", "num=" + count, "-depth", "200"));
    words.addAll(List.of("-seed", String.valueOf(seed), "-deadlock", "-config", "Sim.cfg"));
    words.add(specification.name() + "Sim.tla");
    String output = tlc.run(specification.folder(), words);
    List<List<Step>> behaviours = spread(parse(output), count);
    if (behaviours.isEmpty()) {
      throw new IllegalStateException("TLC made no behaviour of " + specification + ": " + output);
    }
    return behaviours;
  }

  /// Some of the different ones, from beginning to end: TLC prints every successor that it looks
  /// at, so neighbours differ little.
  private static List<List<Step>> spread(List<List<Step>> all, int count) {
    List<List<Step>> different = List.copyOf(new LinkedHashSet<>(all));
    List<List<Step>> some = new ArrayList<>();
    int chosen = Math.min(count, different.size());
    for (int i = 0; i < chosen; i++) {
      some.add(different.get(i * different.size() / chosen));
    }
    return some;
  }

  /// Reads what TLC printed; it breaks long lines.
  static List<List<Step>> parse(String output) {
    List<List<Step>> behaviours = new ArrayList<>();
    int at = output.indexOf(BEGIN);
    while (at >= 0) {
      int next = output.indexOf(BEGIN, at + 1);
      String part = output.substring(at + BEGIN.length(), next < 0 ? output.length() : next);
      List<Step> steps = new ArrayList<>();
      Matcher matcher = STEP.matcher(part);
      while (matcher.find()) {
        String key = Objects.requireNonNullElse(matcher.group(2), "");
        String action = Objects.requireNonNull(matcher.group(1));
        String number = Objects.requireNonNull(matcher.group(3));
        steps.add(new Step(action, key, Integer.parseInt(number)));
      }
      behaviours.add(List.copyOf(steps));
      at = next;
    }
    return behaviours;
  }
}
