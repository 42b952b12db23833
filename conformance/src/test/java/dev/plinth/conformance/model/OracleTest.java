package dev.plinth.conformance.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// The oracle against recoveries that are known to be good or bad.
class OracleTest {
  private static final Key A = Key.of(new byte[] {'a'});
  private static final Key B = Key.of(new byte[] {'b'});

  private final Oracle oracle = new Oracle();

  private static Commit put(Key key, long id) {
    return Commit.of(List.of(new Mutation.Put(key, new Payload(id, 5))));
  }

  private void commit(Commit commit, long sequence) {
    oracle.submit(commit);
    oracle.acknowledge(sequence);
  }

  private static Oracle.Fingerprint state(Commit... commits) {
    ModelState state = new ModelState();
    for (Commit commit : commits) {
      state.apply(commit);
    }
    return new Oracle.Fingerprint(state.digest(), state.applied());
  }

  private boolean allows(Oracle.Fingerprint found, int least) {
    return oracle.match(found, least, oracle.mark().submitted()) != null;
  }

  @Test
  void onlyPrefixesFromTheFloorOnAreAllowed() {
    Commit one = put(A, 1);
    Commit two = put(B, 2);
    Commit three = put(A, 3);
    commit(one, 1);
    commit(two, 2);
    oracle.allSynced();
    commit(three, 3);
    assertEquals(new Oracle.Mark(2, 2, 3), oracle.mark());
    assertTrue(allows(state(one, two), 2));
    assertTrue(allows(state(one, two, three), 2));
    assertFalse(allows(state(one), 2), "an acknowledged write was lost (D1)");
    assertTrue(allows(state(one), 1));
    assertFalse(allows(state(one, three), 0), "a hole in the order (D3)");
    assertFalse(allows(state(two), 0), "a reordered commit (D3)");
    assertFalse(allows(state(one, two, put(A, 9)), 0), "a value never written (D2)");
  }

  @Test
  void halfABatchIsNeverAllowed() {
    Commit batch =
        Commit.of(
            List.of(
                new Mutation.Put(A, new Payload(1, 5)), new Mutation.Put(B, new Payload(2, 5))));
    oracle.submit(batch);
    assertTrue(allows(state(), 0));
    assertTrue(allows(state(batch), 0));
    assertFalse(allows(state(put(A, 1)), 0), "half a batch (D4)");
  }

  @Test
  void theAppliedIndexBelongsToThePrefix() {
    Commit one = new Commit(List.of(new Mutation.Put(A, new Payload(1, 5))), 0, 10);
    Commit two = new Commit(List.of(new Mutation.Put(A, new Payload(2, 5))), 0, 11);
    commit(one, 1);
    commit(two, 2);
    assertTrue(allows(state(one, two), 0));
    Oracle.Fingerprint mixed = new Oracle.Fingerprint(state(one, two).digest(), Map.of(0L, 10L));
    assertFalse(allows(mixed, 0), "data and applied index apart (D4)");
    assertTrue(oracle.explain(mixed, 0, 2).contains("applied indexes"));
  }

  @Test
  void claimsOfDurabilityRaiseTheFloor() {
    commit(put(A, 1), 5);
    commit(put(A, 2), 6);
    commit(put(A, 3), 9);
    oracle.claimSynced(6);
    assertEquals(2, oracle.mark().synced());
    oracle.claimSynced(8);
    assertEquals(2, oracle.mark().synced());
    oracle.claimSynced(9);
    assertEquals(3, oracle.mark().synced());
    oracle.submit(put(A, 4));
    oracle.claimSynced(100);
    assertEquals(3, oracle.mark().synced());
  }

  @Test
  void anUncertainCommitMayHaveHappenedOrNot() {
    Commit one = put(A, 1);
    Commit doubtful = put(B, 2);
    Commit three = put(A, 3);
    commit(one, 1);
    oracle.submit(doubtful);
    oracle.doubt();
    commit(three, 3);
    oracle.allSynced();
    assertTrue(allows(state(one, doubtful, three), 3));
    assertTrue(allows(state(one, three), 3));
    assertFalse(allows(state(one, doubtful), 3));
    assertEquals(2, oracle.visible().size());
    Oracle.Match match = oracle.match(state(one, three), 3, 3);
    assertNotNull(match);
    oracle.rebase(match, 3);
    assertTrue(oracle.isCertain());
    assertNull(oracle.value(B));
    assertEquals(2, oracle.mark().submitted());
  }

  @Test
  void aRefusedCommitNeverWas() {
    Commit one = put(A, 1);
    commit(one, 1);
    oracle.submit(put(A, 2));
    oracle.withdraw();
    assertEquals(new Payload(1, 5), oracle.value(A));
    assertFalse(allows(state(put(A, 2)), 0));
  }

  @Test
  void foldingKeepsTheAnswers() {
    for (int i = 0; i < 1000; i++) {
      commit(put(i % 2 == 0 ? A : B, i), i + 1);
      if (i % 100 == 0) {
        oracle.allSynced();
      }
    }
    assertTrue(oracle.mark().submitted() < 1000);
    Oracle.Fingerprint last = state(put(A, 998), put(B, 999));
    assertTrue(allows(last, oracle.mark().submitted()));
    assertFalse(allows(state(put(A, 996), put(B, 999)), 0));
    assertTrue(allows(state(put(A, 998), put(B, 997)), oracle.mark().synced()));
  }
}
