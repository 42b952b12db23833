/// What engines share that keep sorted tables behind memtables and a log: the records of the log, a
/// batch on its way into a memtable, what is durable, whether the engine is healthy, who still
/// reads, and the cursor over all of it.
@NullMarked
package dev.plinth.kit.tree;

import org.jspecify.annotations.NullMarked;
