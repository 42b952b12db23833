package dev.plinth.kv.state;

import com.alipay.sofa.jraft.Closure;
import com.alipay.sofa.jraft.Iterator;
import com.alipay.sofa.jraft.Status;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Entries as JRaft gives them to a state machine.
final class FakeEntries implements Iterator {
  private final List<ByteBuffer> commands;
  private final List<Closure> told;
  private final long first;
  private int at;
  private @Nullable Status failure;

  /// @param first the index of the first command
  FakeEntries(long first, List<ByteBuffer> commands, List<Closure> told) {
    this.first = first;
    this.commands = commands;
    this.told = told;
  }

  @Nullable Status failure() {
    return failure;
  }

  @Override
  public ByteBuffer getData() {
    return commands.get(at).duplicate();
  }

  @Override
  public long getIndex() {
    return first + at;
  }

  @Override
  public long getTerm() {
    return 1;
  }

  @Override
  public Closure done() {
    return told.get(at);
  }

  @Override
  public void setAutoCommitPerLog(boolean status) {
    throw new UnsupportedOperationException();
  }

  @Override
  public boolean commit() {
    return true;
  }

  @Override
  public void commitAndSnapshotSync(Closure done) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void setErrorAndRollback(long count, Status status) {
    failure = status;
  }

  @Override
  public boolean hasNext() {
    return failure == null && at < commands.size();
  }

  @Override
  public ByteBuffer next() {
    at++;
    return at < commands.size() ? getData() : ByteBuffer.allocate(0);
  }
}
