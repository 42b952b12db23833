/// Micro-benchmarks, run by JMH: `plinth bench micro`.
@NullMarked
package dev.plinth.bench.micro;

import org.jspecify.annotations.NullMarked;
