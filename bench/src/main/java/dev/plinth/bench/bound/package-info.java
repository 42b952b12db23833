/// What the engines have in common that bound a figure and are no store: nothing durable, no
/// options.
@NullMarked
package dev.plinth.bench.bound;

import org.jspecify.annotations.NullMarked;
