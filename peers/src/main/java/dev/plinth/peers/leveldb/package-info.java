/// iq80's LevelDB, written in Java, behind the SPI.
@NullMarked
package dev.plinth.peers.leveldb;

import org.jspecify.annotations.NullMarked;
