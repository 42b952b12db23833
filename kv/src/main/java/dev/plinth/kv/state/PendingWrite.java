package dev.plinth.kv.state;

import com.alipay.sofa.jraft.Closure;
import com.alipay.sofa.jraft.Status;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/// A proposed command that somebody waits for. The state machine puts the result into it; JRaft
/// runs it when the result is visible, or when it cannot say what became of the command.
public final class PendingWrite implements Closure {
  private final BiConsumer<Status, @Nullable WriteResult> told;
  private @Nullable WriteResult result;

  /// @param told called once, on a thread of JRaft's; the result is null unless the status is OK
  public PendingWrite(BiConsumer<Status, @Nullable WriteResult> told) {
    this.told = told;
  }

  void resolve(WriteResult found) {
    result = found;
  }

  @Override
  public void run(Status status) {
    told.accept(status, result);
  }
}
