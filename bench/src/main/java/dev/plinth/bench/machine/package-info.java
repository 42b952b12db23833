/// The machine that measures, and its own limits.
@NullMarked
package dev.plinth.bench.machine;

import org.jspecify.annotations.NullMarked;
