/// Runs a plan: starts a process for each measurement and keeps what it found.
@NullMarked
package dev.plinth.bench.run;

import org.jspecify.annotations.NullMarked;
