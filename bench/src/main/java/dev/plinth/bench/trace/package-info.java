/// Records what is done to an engine, and does it again to another one.
@NullMarked
package dev.plinth.bench.trace;

import org.jspecify.annotations.NullMarked;
