/// The Redis port: a part of the protocol RESP 2, so that redis-cli and redis-benchmark work.
@NullMarked
package dev.plinth.kv.resp;

import org.jspecify.annotations.NullMarked;
