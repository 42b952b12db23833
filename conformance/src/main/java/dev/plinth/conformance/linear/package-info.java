/// Recorded concurrent calls, and the search for an order that explains them.
@NullMarked
package dev.plinth.conformance.linear;

import org.jspecify.annotations.NullMarked;
