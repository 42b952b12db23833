package dev.plinth.bench.report;

import java.util.List;
import java.util.function.DoubleFunction;

/// Axes of pictures.
final class Axes {
  private Axes() {}

  /// Marks below, with lines up.
  static void horizontal(
      Svg svg, Scale scale, double bottom, double top, DoubleFunction<String> notation) {
    for (double mark : scale.marks()) {
      svg.line(scale.at(mark), top, scale.at(mark), bottom, "grid");
      svg.text(scale.at(mark), bottom + 18, "middle", "mark", notation.apply(mark));
    }
    svg.line(scale.from(), bottom, scale.to(), bottom, "base");
  }

  /// Marks at the left, with lines to the right.
  static void vertical(
      Svg svg, Scale scale, double left, double right, DoubleFunction<String> notation) {
    for (double mark : scale.marks()) {
      svg.line(left, scale.at(mark), right, scale.at(mark), "grid");
      svg.text(left - 8, scale.at(mark) + 4, "end", "mark", notation.apply(mark));
    }
    svg.line(left, scale.from(), left, scale.to(), "base");
  }

  /// A height near the wanted one at which no text is yet.
  ///
  /// @param taken the heights of other texts; the result is added
  static double free(List<Double> taken, double wanted, double distance) {
    double height = wanted;
    for (int tries = 0; tries < taken.size() + 1; tries++) {
      double now = height;
      boolean clash = taken.stream().anyMatch(other -> Math.abs(other - now) < distance - 0.01);
      if (!clash) {
        break;
      }
      height += distance;
    }
    taken.add(height);
    return height;
  }
}
