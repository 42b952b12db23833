/// JetBrains Xodus behind the SPI.
@NullMarked
package dev.plinth.peers.xodus;

import org.jspecify.annotations.NullMarked;
