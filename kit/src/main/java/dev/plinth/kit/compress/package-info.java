/// Compression of blocks and values.
@NullMarked
package dev.plinth.kit.compress;

import org.jspecify.annotations.NullMarked;
