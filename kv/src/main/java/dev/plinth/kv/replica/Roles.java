package dev.plinth.kv.replica;

import dev.plinth.kv.state.KvStateMachine.RoleListener;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// What a node has been told of its role. Any thread.
public final class Roles implements RoleListener {
  private static final System.Logger LOGGER = System.getLogger("dev.plinth.kv");

  private final AtomicLong terms = new AtomicLong();
  private volatile boolean leading;
  private final CompletableFuture<String> failure = new CompletableFuture<>();

  Roles() {}

  @Override
  public void leads(long term) {
    leading = true;
    terms.incrementAndGet();
    RoleEvent.tell("leader", term);
  }

  @Override
  public void follows() {
    if (leading) {
      RoleEvent.tell("follower", 0);
    }
    leading = false;
  }

  @Override
  public void failed(String why) {
    LOGGER.log(System.Logger.Level.ERROR, "this node has failed and takes no part: " + why);
    failure.complete(why);
  }

  /// How often this node has begun to lead.
  public long elections() {
    return terms.get();
  }

  /// Why the node has failed; null while it has not.
  public @Nullable String failure() {
    return failure.getNow(null);
  }

  /// Has something done once the node has failed, at once when it has already.
  public void whenFailed(Runnable told) {
    var _ = failure.thenRun(told);
  }
}
