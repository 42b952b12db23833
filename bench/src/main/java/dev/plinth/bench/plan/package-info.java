/// What a run is going to measure: the matrix of engines, workloads and settings.
@NullMarked
package dev.plinth.bench.plan;

import org.jspecify.annotations.NullMarked;
