package dev.plinth.bench.soak;

import dev.plinth.bench.result.JsonFile;
import dev.plinth.spi.StorageException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// How far a soak has come: all that the next run needs to go on.
///
/// @param identity what must be the same for it to go on
/// @param rate writes a second, found or given; 0 while unknown
/// @param operations how many writes were made
/// @param slices what was seen
/// @param digest of the store's content when it was closed; null while it is open, and after a kill
public record SoakState(
    Map<String, String> identity,
    double rate,
    long operations,
    List<SoakSlice> slices,
    @Nullable String digest) {
  public SoakState {
    identity = new TreeMap<>(identity);
    slices = List.copyOf(slices);
  }

  /// What an earlier run has left, or the beginning.
  ///
  /// @throws StorageException.InvalidConfiguration when it is of another soak
  static SoakState of(SoakPlan plan) {
    Path file = plan.state();
    if (!Files.exists(file)) {
      return new SoakState(plan.identity(), plan.rate(), 0, List.of(), null);
    }
    SoakState found = JsonFile.read(file, SoakState.class);
    if (!found.identity.equals(plan.identity())) {
      throw new StorageException.InvalidConfiguration(
          file
              + " is of another soak, "
              + found.identity
              + "; name another --dir, or delete it and its store");
    }
    return found;
  }

  /// How long writes went on so far.
  double seconds() {
    return slices.stream().mapToDouble(SoakSlice::seconds).sum();
  }

  SoakState rated(double found) {
    return new SoakState(identity, found, operations, slices, digest);
  }

  SoakState with(SoakSlice slice, long operationsNow) {
    List<SoakSlice> more = new ArrayList<>(slices);
    more.add(slice);
    return new SoakState(identity, rate, operationsNow, more, digest);
  }

  SoakState closed(long operationsNow, @Nullable String content) {
    return new SoakState(identity, rate, operationsNow, slices, content);
  }

  void save(SoakPlan plan) {
    JsonFile.write(plan.state(), this);
  }
}
