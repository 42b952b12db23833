package dev.plinth.conformance.model;

import dev.plinth.spi.DurabilityListener;
import dev.plinth.spi.Engine;
import dev.plinth.spi.StorageException;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What an engine has said about durability, to be held against it after a crash.
final class Claims implements DurabilityListener {
  private final Oracle oracle;
  private final Map<Long, Long> applied = new HashMap<>();
  private long sequence;
  private long told;
  private boolean closed;
  private @Nullable String disorder;

  Claims(Oracle oracle) {
    this.oracle = oracle;
  }

  @Override
  public void durable(long durableSequence) {
    synchronized (this) {
      if (closed) {
        return;
      }
      if (durableSequence < told) {
        disorder = "durable(" + durableSequence + ") after durable(" + told + ")";
      }
      told = durableSequence;
      sequence = Math.max(sequence, durableSequence);
    }
    oracle.claimSynced(durableSequence);
  }

  @Override
  public void failed(StorageException cause) {}

  /// The claims that go on to hold after a crash, heard by a listener of its own, so that an engine
  /// that was abandoned is not listened to.
  synchronized Claims next() {
    Claims next = new Claims(oracle);
    next.sequence = sequence;
    next.applied.putAll(applied);
    closed = true;
    return next;
  }

  /// Asks the engine how far it is.
  void poll(Engine engine) {
    for (long group : HistoryGenerator.GROUPS) {
      long durable = engine.durableAppliedIndex(group);
      long visible = engine.appliedIndex(group);
      if (durable > visible) {
        throw new Violation(
            "D3", "group " + group + ": durable index " + durable + " beyond visible " + visible);
      }
      synchronized (this) {
        applied.merge(group, durable, Math::max);
      }
    }
    long durable = engine.durableSequence();
    if (durable > engine.sequence()) {
      throw new Violation("D3", "durableSequence() is beyond sequence()");
    }
    synchronized (this) {
      if (disorder != null) {
        throw new Violation("SPI", "the durability listener heard " + disorder);
      }
      sequence = Math.max(sequence, durable);
    }
    oracle.claimSynced(durable);
  }

  /// Holds the claims against what came back after a crash or reopening, then starts anew.
  synchronized void settle(Engine engine) {
    if (engine.sequence() < sequence) {
      throw new Violation(
          "D3",
          "sequence() is " + engine.sequence() + " after " + sequence + " was said to be durable");
    }
    for (Map.Entry<Long, Long> claim : applied.entrySet()) {
      long found = engine.appliedIndex(claim.getKey());
      if (found < claim.getValue()) {
        throw new Violation(
            "D3",
            "group "
                + claim.getKey()
                + ": applied index "
                + found
                + " after "
                + claim.getValue()
                + " was said to be durable");
      }
    }
    applied.clear();
    told = 0;
  }
}
