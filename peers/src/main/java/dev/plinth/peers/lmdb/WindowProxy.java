package dev.plinth.peers.lmdb;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Comparator;
import jnr.ffi.Pointer;
import org.jspecify.annotations.Nullable;
import org.lmdbjava.BufferProxy;

/// Teaches lmdbjava to work on [Window]s: no buffer is made per call, and `java.nio` need not be
/// opened to reflection. What `in` returns lmdbjava would keep reachable; a window needs nothing.
final class WindowProxy extends BufferProxy<Window> {
  @Override
  protected Window allocate() {
    return new Window();
  }

  @Override
  protected void deallocate(Window window) {
    // A window owns no memory.
  }

  @Override
  protected byte[] getBytes(Window window) {
    return Window.MEMORY.asSlice(window.address(), window.bytes()).toArray(ValueLayout.JAVA_BYTE);
  }

  @Override
  protected Comparator<Window> getSignedComparator() {
    return Window::compareTo;
  }

  @Override
  protected Comparator<Window> getUnsignedComparator() {
    return Window::compareTo;
  }

  @Override
  protected @Nullable Pointer in(Window window, Pointer target) {
    set(target, window.address(), window.bytes());
    return null;
  }

  @Override
  protected @Nullable Pointer in(Window window, int size, Pointer target) {
    set(target, window.address(), size);
    return null;
  }

  @Override
  protected Window out(Window window, Pointer source) {
    MemorySegment memory = Window.MEMORY;
    long at = source.address();
    return window.at(
        memory.get(ValueLayout.JAVA_LONG, at + STRUCT_FIELD_OFFSET_DATA),
        memory.get(ValueLayout.JAVA_LONG, at + STRUCT_FIELD_OFFSET_SIZE));
  }

  private static void set(Pointer target, long address, long size) {
    MemorySegment memory = Window.MEMORY;
    long at = target.address();
    memory.set(ValueLayout.JAVA_LONG, at + STRUCT_FIELD_OFFSET_DATA, address);
    memory.set(ValueLayout.JAVA_LONG, at + STRUCT_FIELD_OFFSET_SIZE, size);
  }
}
