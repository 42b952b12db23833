/// The client of a cluster: finds the leader, tries again where that is safe, and says so where an
/// outcome is unknown.
@NullMarked
package dev.plinth.kv.client;

import org.jspecify.annotations.NullMarked;
