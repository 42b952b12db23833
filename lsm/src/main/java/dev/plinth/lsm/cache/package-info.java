/// Blocks kept in off-heap memory.
@NullMarked
package dev.plinth.lsm.cache;

import org.jspecify.annotations.NullMarked;
