package dev.plinth.bench.advise;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.plinth.bench.plan.Setting;
import dev.plinth.bench.result.Machine;
import dev.plinth.bench.result.RawLimits;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/// Ranks the product's engines by their models, with costs that are given, not measured.
final class RankingTest {
  private static final RawLimits LIMITS =
      new RawLimits(200, 500, 100, 200, 1.4e9, 8e6, 1.5e6, 1_000_000, 33, 80.0);

  /// Put, get, seek and next in nanoseconds, as a machine of two cores has shown them.
  private static final Map<String, EngineCosts> CALLS =
      Map.of(
          "bitcask", new EngineCosts(1_700, 600, 2_000, 400),
          "btree", new EngineCosts(2_700, 660, 1_200, 50),
          "jungle", new EngineCosts(2_900, 1_100, 2_000, 200),
          "lsm-leveled", new EngineCosts(2_800, 1_300, 1_700, 150),
          "lsm-tiered", new EngineCosts(2_900, 1_500, 2_500, 150));

  @Test
  void pointReadsGoToTheHashIndex() {
    List<Estimate> ranked = ranked("reads=100 keys=10M");
    assertEquals("bitcask", ranked.getFirst().candidate().label());
    assertTrue(ranked.stream().allMatch(Estimate::fits));
    assertEquals(1_117, ranked.getFirst().nanos(), 1, "600 ns and one far block");
  }

  @Test
  void rangeReadsNeedAnOrderedIndexAndNeighboursThatLieTogether() {
    List<Estimate> ranked = ranked("reads=0 scans=90 scan-entries=100 keys=10M");
    assertEquals("btree", ranked.getFirst().candidate().label());
    Estimate hash = of(ranked, "bitcask");
    assertFalse(hash.fits());
    assertEquals("it has no ordered index for range reads", hash.obstacle());
    assertTrue(of(ranked, "bitcask@ordered").fits());
    assertTrue(of(ranked, "bitcask@ordered").nanos() > of(ranked, "lsm-leveled").nanos());
  }

  @Test
  void withoutRangeReadsNobodyPaysForAnOrderedIndex() {
    assertTrue(
        ranked("reads=50").stream().noneMatch(one -> one.candidate().label().contains("ordered")));
  }

  @Test
  void anIndexThatDoesNotFitIsRefused() {
    List<Estimate> ranked = ranked("reads=50 keys=100M memory=1GiB");
    Estimate bitcask = of(ranked, "bitcask");
    assertTrue(bitcask.obstacle().contains("takes 1.9 GiB of memory"), bitcask::obstacle);
    assertTrue(ranked.getFirst().fits());
    assertTrue(ranked.getFirst().coldNanos() > 0, "the store is ten times the memory");
  }

  @Test
  void aBudgetOfSpaceRefusesWhatItsModelExceeds() {
    List<Estimate> ranked = ranked("reads=20 keys=10M space=1.7x");
    assertFalse(of(ranked, "jungle@c5").fits());
    assertFalse(of(ranked, "lsm-tiered").fits());
    assertTrue(of(ranked, "bitcask@tight").fits());
    assertTrue(of(ranked, "lsm-tiered").obstacle().contains("on disk by its model"));
    assertFalse(of(ranked, "bitcask").fits(), "its usual settings hold more garbage than that");
  }

  @Test
  void writesOfAStoreThatIsShortOfMemoryAvoidTheTreeThatReadsFirst() {
    List<Estimate> ranked = ranked("reads=0 keys=100M memory=2500MiB");
    double tree = of(ranked, "btree").writeNanos();
    assertTrue(tree > 2 * of(ranked, "lsm-leveled").writeNanos(), "it reads a page for each");
  }

  @Test
  void syncsAreSharedByThreads() {
    double alone = of(ranked("reads=0 durability=synced"), "btree").writeNanos();
    double shared = of(ranked("reads=0 durability=synced threads=10"), "btree").writeNanos();
    assertEquals(90_000, alone - shared, 1);
  }

  @Test
  void buffersFollowTheMemory() {
    Candidate tree = Candidates.of(demand("memory=1GiB"), List.of("btree")).getFirst();
    assertEquals(Long.toString(512L << 20), tree.options().get("cache.bytes"));
    assertTrue(Candidates.of(demand("reads=1"), List.of("btree")).getFirst().options().isEmpty());
  }

  @Test
  void threeEnginesAreTriedEachByItsBestOptions() {
    List<Estimate> best = Verdict.shortList(ranked("reads=30 keys=10M"));
    assertEquals(3, best.size());
    Set<String> engines = new HashSet<>();
    best.forEach(estimate -> assertTrue(engines.add(estimate.candidate().engine())));
  }

  @Test
  void aTrialIsSmallerInEverything() {
    Demand demand = demand("reads=20 scans=10 scan-entries=40 keys=100M key-bytes=24 inserts=5");
    List<Estimate> best = Verdict.shortList(ranking(demand));
    Trial trial = Trial.of(demand, best, new Trial.Size(100_000, 1));
    assertEquals("100000", trial.settings().get(Setting.KEYS));
    assertEquals("108", trial.settings().get(Setting.VALUE_BYTES), "records are as large");
    assertEquals(
        "reads=20,updates=65,inserts=5,scans=10,entries=79", trial.settings().get(Setting.MIX));
    long operations = Long.parseLong(trial.settings().get(Setting.OPERATIONS));
    assertTrue(operations >= 2_000 && operations <= 400_000, "" + operations);
    assertEquals(0.001, trial.scale());
    trial.options().forEach((label, options) -> assertFalse(options.isEmpty(), label));
    assertTrue(trial.doubts().stream().anyMatch(line -> line.startsWith("one repetition")));
    assertTrue(trial.doubts().stream().anyMatch(line -> line.contains("16 bytes")));
  }

  @Test
  void theTrialDecidesAndItsReasonsSayHowSurely() {
    Demand demand = demand("reads=50 keys=10M");
    List<Estimate> ranked = ranking(demand);
    List<Tried> tried =
        List.of(
            new Tried("lsm-leveled", 1_000.0, 0.02, 5e3, 2.0, 1.2, 1e8, ""),
            new Tried("bitcask", 1_300.0, 0.02, 5e3, 2.0, 1.2, 1e8, ""));
    Verdict verdict = new Verdict(demand, ranked, tried);
    Estimate pick = verdict.pick();
    assertNotNull(pick);
    assertEquals("lsm-leveled", pick.candidate().label());
    assertTrue(
        verdict.reasons().get(1).contains("1.30 times as long"), verdict.reasons()::toString);
    List<Tried> noisy =
        List.of(tried.get(0), new Tried("bitcask", 1_030.0, 0.02, 5e3, 2.0, 1.2, 1e8, ""));
    assertTrue(new Verdict(demand, ranked, noisy).reasons().get(1).contains("within the noise"));
    assertTrue(
        new Verdict(demand, ranked, List.of())
            .reasons()
            .get(1)
            .startsWith("By the models an operation takes about"));
  }

  @Test
  void theTextTellsEverything() {
    Demand demand = demand("reads=40 scans=10 keys=10M");
    List<Estimate> ranked = ranking(demand);
    List<Tried> tried =
        List.of(
            new Tried("btree", 1_000.0, 0.02, 5e3, 2.0, 1.2, 1e8, ""),
            new Tried("jungle", null, 0, null, null, null, null, "it was not measured: it broke"));
    Verdict verdict = new Verdict(demand, ranked, tried);
    String text =
        AdviceText.of(
            new Advice(
                demand.words(),
                demand,
                new Machine("cpu", 2, 1L << 34, "os", "jdk", "ext4", 200),
                LIMITS,
                ranked.stream().map(Advice.Ranked::of).toList(),
                "a small one",
                tried,
                "btree",
                new TreeMap<>(Map.of("cache.bytes", "1024")),
                verdict.reasons(),
                verdict.doubts()));
    assertTrue(text.startsWith("Workload: 40 % point reads, 50 % updates, 10 % range"), text);
    assertTrue(text.contains("  ! bitcask: it has no ordered index for range reads\n"), text);
    assertTrue(text.contains("\nTrial: a small one\n"), text);
    assertTrue(text.contains("  ! jungle: it was not measured: it broke\n"), text);
    assertTrue(text.contains("\nAdvice: btree\n"), text);
    assertTrue(text.contains("no other that was tried keeps your limits."), text);
    assertTrue(text.contains("  Open it with: engine=btree cache.bytes=1024\n"), text);
    assertTrue(text.contains("not tried, since the models put them behind: "), text);
  }

  @Test
  void whoBreaksALimitInTheTrialIsOut() {
    Demand demand = demand("reads=50 keys=10M");
    List<Tried> tried =
        List.of(
            new Tried("btree", 2_000.0, 0.1, 5e3, 2.0, 1.2, 1e8, ""),
            new Tried("bitcask", 1_000.0, 0.1, 5e9, 2.0, 1.2, 1e8, "99 of 100 took 5 s"));
    Verdict verdict = new Verdict(demand, ranking(demand), tried);
    Estimate pick = verdict.pick();
    assertNotNull(pick);
    assertEquals("btree", pick.candidate().label());
    assertTrue(verdict.reasons().toString().contains("bitcask is out after the trial: 99 of 100"));
  }

  @Test
  void whereNobodyFitsThatIsSaid() {
    Demand demand = demand("reads=50 keys=10M space=1x");
    Verdict verdict = new Verdict(demand, ranking(demand), List.of());
    assertNull(verdict.pick());
    assertTrue(verdict.reasons().getFirst().startsWith("No engine here keeps every limit"));
  }

  private static List<Estimate> ranked(String answers) {
    return ranking(demand(answers));
  }

  private static Demand demand(String answers) {
    return Ask.demand(Ask.answers(answers));
  }

  private static List<Estimate> ranking(Demand demand) {
    List<Candidate> candidates = Candidates.of(demand, List.of());
    Map<String, EngineCosts> costs = new HashMap<>();
    candidates.forEach(one -> costs.put(one.calls(), CALLS.get(one.engine())));
    double memory = demand.memoryBytes() > 0 ? demand.memoryBytes() : 12.0 * (1L << 30);
    return new Estimator(demand, LIMITS, memory).ranking(candidates, costs);
  }

  private static Estimate of(List<Estimate> ranked, String label) {
    return ranked.stream()
        .filter(one -> one.candidate().label().equals(label))
        .findFirst()
        .orElseThrow();
  }
}
