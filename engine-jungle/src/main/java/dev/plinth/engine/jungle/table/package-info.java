/// A table of Jungle: one append-only file of copy-on-write B+tree batches, its writer, reader and
/// cursor.
@NullMarked
package dev.plinth.engine.jungle.table;

import org.jspecify.annotations.NullMarked;
