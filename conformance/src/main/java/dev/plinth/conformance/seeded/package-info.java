/// Bugs made on purpose, each around an engine that is right: the laboratory has to catch every one
/// of them, or it proves nothing. For tests only.
@NullMarked
package dev.plinth.conformance.seeded;

import org.jspecify.annotations.NullMarked;
