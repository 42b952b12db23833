/// Other projects' stores behind the SPI, for the bench to compare with: what they share.
@NullMarked
package dev.plinth.peers;

import org.jspecify.annotations.NullMarked;
