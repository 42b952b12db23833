/// The engine `btree`: a copy-on-write B+tree in one file, with checksums of children in their
/// parents, durable commits of groups of writes, and a redo log between them.
@NullMarked
package dev.plinth.engine.btree;

import org.jspecify.annotations.NullMarked;
