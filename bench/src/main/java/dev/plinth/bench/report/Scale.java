package dev.plinth.bench.report;

import java.util.ArrayList;
import java.util.List;

/// Maps figures to places on an axis, with round marks.
///
/// @param min the least figure
/// @param max the largest
/// @param from where the least is
/// @param to where the largest is
/// @param logarithmic whether equal distances are equal factors
record Scale(double min, double max, double from, double to, boolean logarithmic) {
  private static final double[] ROUND = {1, 2, 5, 10};

  /// From zero to at least the given figure, in even steps.
  static Scale linear(double max, double from, double to) {
    double step = step(max <= 0 ? 1 : max);
    return new Scale(0, Math.ceil((max <= 0 ? 1 : max) / step - 1e-9) * step, from, to, false);
  }

  /// From a power of ten at or below to one at or above the given figures.
  static Scale logarithmic(double min, double max, double from, double to) {
    double low = Math.pow(10, Math.floor(Math.log10(Math.max(1e-9, min)) + 1e-9));
    double high = Math.pow(10, Math.ceil(Math.log10(Math.max(1e-9, max)) - 1e-9));
    return new Scale(low, high <= low ? low * 10 : high, from, to, true);
  }

  /// Where a figure is.
  double at(double value) {
    double share =
        logarithmic
            ? Math.log(Math.max(min, value) / min) / Math.log(max / min)
            : (value - min) / (max - min);
    return from + share * (to - from);
  }

  /// Figures to write beside the axis.
  List<Double> marks() {
    List<Double> marks = new ArrayList<>();
    if (logarithmic) {
      for (double mark = min; mark <= max * 1.0001; mark *= 10) {
        marks.add(mark);
      }
    } else {
      double step = step(max);
      for (int i = 0; i * step <= max * 1.0001; i++) {
        marks.add(i * step);
      }
    }
    return marks;
  }

  private static double step(double max) {
    double power = Math.pow(10, Math.floor(Math.log10(max / 4)));
    for (double round : ROUND) {
      if (max / (power * round) <= 5) {
        return power * round;
      }
    }
    return power * 10;
  }
}
