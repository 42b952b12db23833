package dev.plinth.peers.lmdb;

import dev.plinth.spi.StorageException;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import jnr.ffi.Pointer;
import org.lmdbjava.Env;
import org.lmdbjava.EnvFlags;

/// Says for the next commits whether LMDB syncs them. LMDB can change that while it is open
/// (`mdb_env_set_flags`); lmdbjava binds the call and does not show it, hence the reflection. Used
/// under the writer's lock; a call goes out only when the mode changes.
final class SyncSwitch {
  private final Object library;
  private final Method setFlags;
  private final Object environment;
  private boolean syncing = true;

  SyncSwitch(Env<Window> env) {
    try {
      Field field = Class.forName("org.lmdbjava.Library").getDeclaredField("LIB");
      field.setAccessible(true);
      library = field.get(null);
      setFlags =
          Class.forName("org.lmdbjava.Library$Lmdb")
              .getMethod("mdb_env_set_flags", Pointer.class, int.class, int.class);
      setFlags.setAccessible(true);
      Method pointer = Env.class.getDeclaredMethod("pointer");
      pointer.setAccessible(true);
      environment = pointer.invoke(env);
    } catch (ReflectiveOperationException e) {
      throw new StorageException.Unsupported("this version of lmdbjava is not known here: " + e);
    }
  }

  void set(boolean sync) {
    if (sync == syncing) {
      return;
    }
    try {
      Object code =
          setFlags.invoke(library, environment, EnvFlags.MDB_NOSYNC.getMask(), sync ? 0 : 1);
      if (!Integer.valueOf(0).equals(code)) {
        throw new StorageException.Io("LMDB does not change its sync mode: code " + code, null);
      }
      syncing = sync;
    } catch (ReflectiveOperationException e) {
      throw new StorageException.Io("LMDB does not change its sync mode: " + e, e);
    }
  }
}
