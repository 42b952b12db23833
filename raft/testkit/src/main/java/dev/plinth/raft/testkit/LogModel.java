package dev.plinth.raft.testkit;

import dev.plinth.conformance.model.Violation;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Every state that a few groups went through, and how far each is promised to be durable. Marks
/// may be taken by any thread while one thread changes it.
final class LogModel {
  /// How many groups a script uses, numbered from 0; the bases are 1, 1 and 0.
  static final int GROUPS = 3;

  private final List<List<GroupState>> states = new ArrayList<>();
  private final int[] durable = new int[GROUPS];

  /// What was promised at a moment: of each group, state `durable[g]` or a later one before
  /// `submitted[g]`.
  record Mark(List<Integer> durable, List<Integer> submitted) {}

  LogModel() {
    for (int group = 0; group < GROUPS; group++) {
      states.add(new ArrayList<>(List.of(GroupState.empty(base(group)))));
    }
  }

  static long base(int group) {
    return group == 2 ? 0 : 1;
  }

  static long number(int group) {
    return group == 2 ? 1L << 40 : group + 1L;
  }

  /// The newest state.
  synchronized GroupState state(int group) {
    return states.get(group).getLast();
  }

  /// A change is going to be tried: afterwards the group may be in this state.
  synchronized void submit(int group, GroupState state) {
    states.get(group).add(state);
  }

  /// Everything submitted so far is durable.
  synchronized void promise(int group) {
    durable[group] = states.get(group).size() - 1;
  }

  synchronized Mark mark() {
    List<Integer> submitted = states.stream().map(List::size).toList();
    return new Mark(Arrays.stream(durable).boxed().toList(), submitted);
  }

  /// Checks what was found against a promise.
  synchronized void recognise(Mark mark, int group, GroupState found) {
    List<GroupState> all = states.get(group);
    for (int i = mark.submitted().get(group) - 1; i >= mark.durable().get(group); i--) {
      if (all.get(i).allows(found)) {
        return;
      }
    }
    throw new Violation(
        "D12",
        "group "
            + group
            + ": found "
            + found
            + "; promised "
            + all.get(mark.durable().get(group))
            + " or a state up to "
            + all.get(mark.submitted().get(group) - 1));
  }
}
