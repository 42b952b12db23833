/// The operating system's disk behind the seam of [dev.plinth.spi.disk], and a disk that counts.
@NullMarked
package dev.plinth.kit.disk;

import org.jspecify.annotations.NullMarked;
