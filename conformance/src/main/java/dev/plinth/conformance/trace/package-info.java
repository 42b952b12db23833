/// What code did to its disk and was promised by it, in the order in which it happened: the
/// material of traces that are checked against specifications.
@NullMarked
package dev.plinth.conformance.trace;

import org.jspecify.annotations.NullMarked;
