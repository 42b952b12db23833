/// The LSM tree: memtables over levels of sorted runs, with the compaction policy left open.
@NullMarked
package dev.plinth.lsm;

import org.jspecify.annotations.NullMarked;
