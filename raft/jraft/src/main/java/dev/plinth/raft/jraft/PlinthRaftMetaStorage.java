package dev.plinth.raft.jraft;

import com.alipay.sofa.jraft.core.NodeImpl;
import com.alipay.sofa.jraft.entity.EnumOutter.ErrorType;
import com.alipay.sofa.jraft.entity.PeerId;
import com.alipay.sofa.jraft.error.RaftError;
import com.alipay.sofa.jraft.error.RaftException;
import com.alipay.sofa.jraft.option.RaftMetaStorageOptions;
import com.alipay.sofa.jraft.storage.RaftMetaStorage;
import dev.plinth.raft.store.HardState;
import dev.plinth.raft.store.RaftLogStore;
import dev.plinth.raft.store.SharedLogs;
import dev.plinth.raft.store.StorageConfiguration;
import dev.plinth.spi.StorageException;
import org.jspecify.annotations.Nullable;

/// JRaft's vote and term as the hard state of a log store: durable when a call returns true. Calls
/// take turns.
final class PlinthRaftMetaStorage implements RaftMetaStorage {
  private static final System.Logger LOGGER = System.getLogger("dev.plinth.raft.jraft");
  private static final byte[] NO_EXTRAS = new byte[0];

  private final LogUri uri;
  private final StorageConfiguration configuration;
  private SharedLogs.@Nullable Lease lease;
  private @Nullable RaftLogStore store;
  private @Nullable NodeImpl node;

  PlinthRaftMetaStorage(LogUri uri, StorageConfiguration configuration) {
    this.uri = uri;
    this.configuration = configuration;
  }

  @Override
  public synchronized boolean init(RaftMetaStorageOptions options) {
    if (store != null) {
      return true;
    }
    SharedLogs.@Nullable Lease fresh = null;
    try {
      fresh = SharedLogs.PROCESS.acquire(uri.directory(), configuration);
      RaftLogStore found = fresh.log().group(uri.group());
      vote(found.hardState());
      store = found;
      lease = fresh;
      node = options.getNode();
      return true;
    } catch (StorageException e) {
      LOGGER.log(System.Logger.Level.ERROR, "opening vote and term failed, " + uri + ": " + e, e);
      if (fresh != null) {
        fresh.close();
      }
      return false;
    }
  }

  @Override
  public synchronized void shutdown() {
    SharedLogs.Lease used = lease;
    lease = null;
    store = null;
    if (used != null) {
      try {
        used.close();
      } catch (StorageException e) {
        LOGGER.log(System.Logger.Level.ERROR, "closing vote and term failed, " + uri + ": " + e, e);
      }
    }
  }

  private RaftLogStore store() {
    RaftLogStore open = store;
    if (open == null) {
      throw new IllegalStateException("the meta storage of " + uri + " is not open");
    }
    return open;
  }

  @Override
  public synchronized boolean setTerm(long term) {
    return save(term, store().hardState().vote());
  }

  @Override
  public synchronized long getTerm() {
    return store().hardState().term();
  }

  @Override
  public synchronized boolean setVotedFor(PeerId peer) {
    return save(store().hardState().term(), text(peer));
  }

  @Override
  public synchronized PeerId getVotedFor() {
    return vote(store().hardState());
  }

  @Override
  public synchronized boolean setTermAndVotedFor(long term, PeerId peer) {
    return save(term, text(peer));
  }

  private boolean save(long term, String vote) {
    HardState before = store().hardState();
    if (before.term() == term && before.vote().equals(vote)) {
      return true;
    }
    try {
      store().saveHardState(new HardState(term, vote, NO_EXTRAS));
      return true;
    } catch (StorageException e) {
      LOGGER.log(System.Logger.Level.ERROR, "saving vote and term failed, " + uri + ": " + e, e);
      NodeImpl owner = node;
      if (owner != null) {
        owner.onError(
            new RaftException(
                ErrorType.ERROR_TYPE_META, RaftError.EIO, "saving vote and term failed: %s", e));
      }
      return false;
    }
  }

  private static String text(PeerId peer) {
    return peer.isEmpty() ? "" : peer.toString();
  }

  private PeerId vote(HardState state) {
    PeerId peer = new PeerId();
    if (!state.vote().isEmpty() && !peer.parse(state.vote())) {
      throw new StorageException.UnsupportedFormat(
          uri + ": holds the vote '" + state.vote() + "', which is no peer of JRaft");
    }
    return peer;
  }
}
