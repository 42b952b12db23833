/// The soak: one store under writes, reads, scans, snapshots and checkpoints for as long as is
/// asked, with an eye on what grows and on the longest stall.
@NullMarked
package dev.plinth.bench.soak;

import org.jspecify.annotations.NullMarked;
