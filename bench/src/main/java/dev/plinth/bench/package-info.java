/// Compares engines on one workload and counts what each of them writes, reads and occupies.
@NullMarked
package dev.plinth.bench;

import org.jspecify.annotations.NullMarked;
