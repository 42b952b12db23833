/// One measurement in a process of its own: drives an engine and counts what it does.
@NullMarked
package dev.plinth.bench.cell;

import org.jspecify.annotations.NullMarked;
