package dev.plinth.engine.bitcask;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// Chooses which files to merge: by cost and benefit, as the cleaner of a log-structured file
/// system does (Rosenblum and Ousterhout 1992). A pure function.
///
/// @param garbageMin the garbage fraction from which a file is worth it
/// @param fileBytesMax the size of a full file
record MergePolicy(double garbageMin, long fileBytesMax) {
  private static final int SMALL_FILES = 8;

  /// A sealed file.
  ///
  /// @param number its number
  /// @param bytes its size
  /// @param garbageBytes how many of them a merge would drop
  /// @param maxSequence its newest record: what is old stays as it is for long
  record Candidate(int number, long bytes, long garbageBytes, long maxSequence) {
    double garbage() {
      return bytes == 0 ? 0 : (double) garbageBytes / bytes;
    }

    long liveBytes() {
      return bytes - garbageBytes;
    }
  }

  /// The files to merge now, the best first; none when it is not worth it.
  ///
  /// @param sequence the newest sequence, against which age is measured
  List<Candidate> choose(List<Candidate> files, long sequence) {
    List<Candidate> worth =
        new ArrayList<>(files.stream().filter(file -> file.garbage() >= garbageMin).toList());
    if (worth.isEmpty()) {
      return small(files);
    }
    worth.sort(
        Comparator.comparingDouble((Candidate file) -> -benefit(file, sequence))
            .thenComparingInt(Candidate::number));
    return upToOneFile(worth);
  }

  /// Garbage freed, times how long it will stay free, against the bytes read and written.
  private static double benefit(Candidate file, long sequence) {
    double garbage = file.garbage();
    double age = Math.max(1, sequence - file.maxSequence());
    return garbage * age / (2 - garbage);
  }

  private List<Candidate> upToOneFile(List<Candidate> worth) {
    List<Candidate> chosen = new ArrayList<>();
    long live = 0;
    for (Candidate file : worth) {
      if (!chosen.isEmpty() && live + file.liveBytes() > fileBytesMax) {
        break;
      }
      chosen.add(file);
      live += file.liveBytes();
    }
    return chosen;
  }

  /// Many small files, as frequent opening leaves them, are put together.
  private List<Candidate> small(List<Candidate> files) {
    List<Candidate> small = files.stream().filter(file -> file.bytes() < fileBytesMax / 4).toList();
    return small.size() < SMALL_FILES ? List.of() : upToOneFile(small);
  }
}
