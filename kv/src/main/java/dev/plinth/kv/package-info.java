/// The replicated key-value server: an ordered map that several nodes keep alike by SOFAJRaft, each
/// on the engine and the log of its choice. [KvNode] is one node; [dev.plinth.kv.client.KvClient]
/// speaks to a cluster.
@NullMarked
package dev.plinth.kv;

import org.jspecify.annotations.NullMarked;
