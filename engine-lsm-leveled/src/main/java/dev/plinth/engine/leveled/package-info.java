/// The leveled LSM engine, `engine = lsm-leveled`: its provider, options and compaction policy.
@NullMarked
package dev.plinth.engine.leveled;

import org.jspecify.annotations.NullMarked;
