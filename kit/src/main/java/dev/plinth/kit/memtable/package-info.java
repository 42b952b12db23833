/// The newest writes, sorted in off-heap memory until they are flushed to a table.
@NullMarked
package dev.plinth.kit.memtable;

import org.jspecify.annotations.NullMarked;
