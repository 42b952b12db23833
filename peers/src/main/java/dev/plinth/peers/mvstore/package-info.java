/// H2's MVStore behind the SPI.
@NullMarked
package dev.plinth.peers.mvstore;

import org.jspecify.annotations.NullMarked;
