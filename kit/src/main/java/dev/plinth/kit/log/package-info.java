/// A segmented, checksummed, append-only log with group commit: the write-ahead log of engines and
/// the body of a Raft log. `docs/formats/log.md` has every byte.
@NullMarked
package dev.plinth.kit.log;

import org.jspecify.annotations.NullMarked;
