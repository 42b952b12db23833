package dev.plinth.bench.cell;

import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/// Writes a histogram in the percentile form (`.hgrm`) that HdrHistogram's plotters read, values in
/// nanoseconds.
final class HistogramFile {
  private static final int TICKS_PER_HALF = 5;

  private HistogramFile() {}

  static void write(Histogram histogram, @Nullable String file) {
    if (file == null) {
      return;
    }
    try (PrintStream out = new PrintStream(file, StandardCharsets.UTF_8)) {
      histogram.outputPercentileDistribution(out, TICKS_PER_HALF, 1.0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
