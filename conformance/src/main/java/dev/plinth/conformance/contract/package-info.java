/// What the SPI says, method by method, as cases that any engine is run through.
@NullMarked
package dev.plinth.conformance.contract;

import org.jspecify.annotations.NullMarked;
