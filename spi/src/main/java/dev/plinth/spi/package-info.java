/// What an engine promises: the one interface behind which every storage engine stands, the types
/// that cross it, and the loader that finds engines by name.
@NullMarked
package dev.plinth.spi;

import org.jspecify.annotations.NullMarked;
