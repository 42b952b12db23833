/// An engine that does nothing: what remains is the harness's own cost.
@NullMarked
package dev.plinth.bench.noop;

import org.jspecify.annotations.NullMarked;
