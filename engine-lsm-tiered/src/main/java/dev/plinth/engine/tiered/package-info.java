/// The tiered LSM engine, `engine = lsm-tiered`: its provider, options and compaction policy.
@NullMarked
package dev.plinth.engine.tiered;

import org.jspecify.annotations.NullMarked;
