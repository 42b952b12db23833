/// Which keys and values a workload writes and reads: everything that a seed decides.
@NullMarked
package dev.plinth.bench.workload;

import org.jspecify.annotations.NullMarked;
