/// Bitcask: an append-only log of values under an off-heap hash index of the keys.
@NullMarked
package dev.plinth.engine.bitcask;

import org.jspecify.annotations.NullMarked;
