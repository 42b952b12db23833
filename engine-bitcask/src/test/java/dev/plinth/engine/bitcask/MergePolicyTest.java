package dev.plinth.engine.bitcask;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class MergePolicyTest {
  private static final MergePolicy POLICY = new MergePolicy(0.5, 1000);

  private static MergePolicy.Candidate file(int number, long bytes, long garbage, long newest) {
    return new MergePolicy.Candidate(number, bytes, garbage, newest);
  }

  private static List<Integer> chosen(List<MergePolicy.Candidate> files) {
    return POLICY.choose(files, 1000).stream().map(MergePolicy.Candidate::number).toList();
  }

  @Test
  void leavesFilesBelowTheThreshold() {
    assertEquals(List.of(), chosen(List.of(file(1, 1000, 499, 10), file(2, 1000, 0, 20))));
  }

  @Test
  void takesTheMostGarbageFirst() {
    assertEquals(List.of(2, 1), chosen(List.of(file(1, 1000, 600, 10), file(2, 1000, 900, 10))));
  }

  @Test
  void prefersOldFilesAmongEqualOnes() {
    assertEquals(List.of(2, 1), chosen(List.of(file(1, 1000, 600, 900), file(2, 1000, 600, 10))));
  }

  @Test
  void takesNoMoreThanMakesOneFile() {
    List<MergePolicy.Candidate> files = new ArrayList<>();
    for (int i = 1; i <= 5; i++) {
      files.add(file(i, 1000, 600, 10));
    }
    assertEquals(List.of(1, 2), chosen(files));
  }

  @Test
  void putsManySmallFilesTogether() {
    List<MergePolicy.Candidate> files = new ArrayList<>();
    for (int i = 1; i <= 7; i++) {
      files.add(file(i, 20, 0, i));
    }
    assertEquals(List.of(), chosen(files));
    files.add(file(8, 20, 0, 8));
    assertEquals(8, chosen(files).size());
  }
}
