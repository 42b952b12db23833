/// What a run has measured, in the form of `results.json`.
@NullMarked
package dev.plinth.bench.result;

import org.jspecify.annotations.NullMarked;
