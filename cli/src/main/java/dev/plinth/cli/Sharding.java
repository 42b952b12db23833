package dev.plinth.cli;

import dev.plinth.bench.plan.Plan;
import dev.plinth.spi.StorageException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Reads `--shard I/N`.
final class Sharding {
  private static final Pattern FORM = Pattern.compile("([0-9]{1,6})/([0-9]{1,6})");

  private Sharding() {}

  /// The part of a plan; all of it when nothing was said.
  static Plan apply(Plan plan, @Nullable String text) {
    if (text == null) {
      return plan;
    }
    Matcher matcher = FORM.matcher(text);
    int shard = matcher.matches() ? Integer.parseInt(matcher.group(1)) : 0;
    int shards = matcher.matches() ? Integer.parseInt(matcher.group(2)) : 0;
    if (shard < 1 || shard > shards) {
      throw new StorageException.InvalidConfiguration(
          "--shard " + text + ": I/N with I from 1 to N is expected, such as 2/3");
    }
    return plan.shard(shard, shards);
  }
}
