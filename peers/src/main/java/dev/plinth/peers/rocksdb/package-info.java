/// RocksDB behind the SPI, through rocksdbjni.
@NullMarked
package dev.plinth.peers.rocksdb;

import org.jspecify.annotations.NullMarked;
