/// A sorted map in memory behind the engine's interface: an upper bound in tables, no contestant.
@NullMarked
package dev.plinth.bench.oracle;

import org.jspecify.annotations.NullMarked;
