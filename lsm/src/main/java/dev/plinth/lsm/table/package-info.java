/// Immutable sorted files: their format, the writer, the reader and its cursor.
@NullMarked
package dev.plinth.lsm.table;

import org.jspecify.annotations.NullMarked;
