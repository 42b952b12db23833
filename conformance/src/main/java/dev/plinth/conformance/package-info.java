/// Proves that an engine keeps what the SPI promises; for engines of third parties too.
@NullMarked
package dev.plinth.conformance;

import org.jspecify.annotations.NullMarked;
