/// LMDB behind the SPI, through lmdbjava.
@NullMarked
package dev.plinth.peers.lmdb;

import org.jspecify.annotations.NullMarked;
