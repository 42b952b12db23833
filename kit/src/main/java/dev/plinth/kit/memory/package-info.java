/// Off-heap memory: layouts, key comparison, varints, checksums, raw addresses and slabs. Nothing
/// here allocates per operation.
@NullMarked
package dev.plinth.kit.memory;

import org.jspecify.annotations.NullMarked;
