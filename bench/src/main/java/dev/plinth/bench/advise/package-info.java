/// Which engine, with which options, for a workload: ranked by the engines' models, tried,
/// explained.
@NullMarked
package dev.plinth.bench.advise;

import org.jspecify.annotations.NullMarked;
