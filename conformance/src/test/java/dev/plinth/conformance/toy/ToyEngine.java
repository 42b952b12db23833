package dev.plinth.conformance.toy;

import dev.plinth.conformance.model.ModelEngine;
import dev.plinth.spi.ByteCause;
import dev.plinth.spi.ByteLedger;
import dev.plinth.spi.Durability;
import dev.plinth.spi.DurabilityListener;
import dev.plinth.spi.EngineTraits;
import dev.plinth.spi.KeyRange;
import dev.plinth.spi.StorageException;
import dev.plinth.spi.WriteBatch;
import dev.plinth.spi.disk.Disk;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The smallest honest engine: a map in memory and a log that is replayed and rewritten when the
/// engine opens. Also an example of how an engine keeps the contract.
public class ToyEngine extends ModelEngine {
  private static final String LOCK = "LOCK";

  private final Disk disk;
  private final Path directory;
  private final Disk.Lock lock;
  private final boolean logged;
  private final Map<Long, Long> durableApplied = new HashMap<>();
  private final WriteBatches buffered = new WriteBatches();
  private ToyLog log;
  private int number;
  private long bytes;
  private long durable;
  private @Nullable StorageException failure;
  private boolean ingesting;

  /// Opens or creates a store.
  ///
  /// @param logged whether writes reach the log before a flush
  public ToyEngine(Disk disk, Path directory, EngineTraits traits, boolean logged) {
    super(traits);
    this.disk = disk;
    this.directory = directory;
    this.logged = logged;
    disk.createDirectories(directory);
    requireOwn();
    this.lock = disk.lock(directory.resolve(LOCK));
    try {
      replayNewest();
      this.log = rewrite(directory, number + 1);
      Path parent = directory.getParent();
      disk.syncDirectory(parent == null ? directory : parent);
      removeOlder();
    } catch (StorageException e) {
      lock.close();
      throw e;
    }
    number++;
    allDurable();
  }

  private void requireOwn() {
    for (String name : disk.list(directory)) {
      if (!name.equals(LOCK) && !name.matches("log-\\d{6}(\\.new)?")) {
        throw new StorageException.UnsupportedFormat(
            directory + " holds " + name + ", so it is no toy store; name another folder");
      }
    }
  }

  private void replayNewest() {
    List<String> logs = logs();
    if (!logs.isEmpty()) {
      String newest = logs.getLast();
      number = Integer.parseInt(newest.substring(4));
      ToyLog.read(disk, directory.resolve(newest), this::replay);
    }
  }

  private List<String> logs() {
    return disk.list(directory).stream().filter(n -> n.matches("log-\\d{6}")).toList();
  }

  private static String name(int number) {
    return String.format("log-%06d", number);
  }

  /// Writes the state into a new log that takes the place of the older one.
  private ToyLog rewrite(Path folder, int newNumber) {
    Path fresh = folder.resolve(name(newNumber) + ".new");
    if (disk.exists(fresh)) {
      disk.delete(fresh);
    }
    ToyLog created = ToyLog.create(disk, fresh);
    try {
      long start = sequence();
      created.append(start, -1, -1, encoded(contents()));
      appliedIndexes().forEach((group, index) -> created.append(start, group, index, new byte[0]));
      created.sync();
      created.append(start, -1, -1, new byte[0]);
      created.sync();
      disk.rename(fresh, folder.resolve(name(newNumber)));
      syncFolder(folder);
      bytes += created.size();
      return created;
    } catch (StorageException e) {
      created.close();
      throw e;
    }
  }

  /// Makes names durable; a seam for seeded bugs.
  protected void syncFolder(Path folder) {
    disk.syncDirectory(folder);
  }

  private void removeOlder() {
    for (String name : logs()) {
      if (!name.equals(name(number + 1))) {
        disk.delete(directory.resolve(name));
      }
    }
    syncFolder(directory);
  }

  private static byte[] encoded(WriteBatch batch) {
    return batch.segment().asSlice(0, batch.bytes()).toArray(ValueLayout.JAVA_BYTE);
  }

  @Override
  protected void record(WriteBatch batch, long sequence, Durability durability) {
    boolean direct = logged || ingesting;
    if (!direct && durability == Durability.SYNCED) {
      throw new StorageException.Unsupported("there is no log: write with WRITTEN, then flush");
    }
    requireHealthy();
    buffered.add(encoded(batch), sequence, batch.group(), batch.appliedIndex());
    if (!direct || durability == Durability.BUFFERED) {
      return;
    }
    try {
      append();
      if (durability == Durability.SYNCED) {
        log.sync();
        durable = sequence;
        durableApplied.putAll(appliedIndexes());
        if (batch.group() >= 0) {
          durableApplied.put(batch.group(), batch.appliedIndex());
        }
      }
    } catch (StorageException e) {
      throw poison(e);
    }
    if (durability == Durability.SYNCED) {
      tell();
    }
  }

  private void append() {
    long before = log.size();
    buffered.drain(log);
    bytes += log.size() - before;
  }

  private void requireHealthy() {
    if (failure != null) {
      throw new StorageException.Poisoned("an earlier write failed; reopen the engine", failure);
    }
  }

  private StorageException poison(StorageException e) {
    failure = e;
    listeners().forEach(listener -> listener.failed(e));
    return e;
  }

  @Override
  protected void sync() {
    requireHealthy();
    try {
      append();
      log.sync();
    } catch (StorageException e) {
      throw poison(e);
    }
    allDurable();
    tell();
  }

  private void allDurable() {
    durable = sequence();
    durableApplied.putAll(appliedIndexes());
  }

  private void tell() {
    for (DurabilityListener listener : listeners()) {
      listener.durable(durable);
    }
  }

  @Override
  public synchronized long ingest(dev.plinth.spi.EntrySource source) {
    ingesting = true;
    try {
      return super.ingest(source);
    } finally {
      ingesting = false;
    }
  }

  @Override
  public synchronized long durableSequence() {
    return durable;
  }

  @Override
  public synchronized long durableAppliedIndex(long group) {
    return durableApplied.getOrDefault(group, -1L);
  }

  @Override
  public synchronized void checkpoint(Path target) {
    requireOpen();
    if (disk.exists(target)) {
      throw new IllegalArgumentException(target + " exists");
    }
    disk.createDirectories(target);
    rewrite(target, 1).close();
    Path parent = target.getParent();
    disk.syncDirectory(parent == null ? target : parent);
  }

  @Override
  public synchronized void compact(KeyRange range) {
    requireOpen();
    requireHealthy();
    try {
      ToyLog next = rewrite(directory, number + 1);
      buffered.clear();
      log.close();
      log = next;
      removeOlder();
      number++;
    } catch (StorageException e) {
      throw poison(e);
    }
    allDurable();
    tell();
  }

  @Override
  public synchronized Verification verify() {
    Verification verification = super.verify();
    ToyLog.read(disk, directory.resolve(name(number)), (_, _) -> {});
    return new Verification(1, log.size(), verification.entries());
  }

  @Override
  protected ByteLedger ledger() {
    long[] causes = new long[ByteCause.values().length];
    causes[ByteCause.LOG.ordinal()] = bytes;
    return ByteLedger.of(causes);
  }

  @Override
  protected long diskBytes() {
    return log.size();
  }

  @Override
  protected void release() {
    try {
      if (failure == null) {
        append();
        log.sync();
        log.append(sequence(), ToyLog.CLOSING, 0, new byte[0]);
        log.sync();
      }
    } finally {
      log.close();
      lock.close();
    }
  }
}
