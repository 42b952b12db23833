/// Stores in native code, behind the SPI, for the bench to compare with.
@NullMarked
package dev.plinth.peers;

import org.jspecify.annotations.NullMarked;
