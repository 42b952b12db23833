/// Disks that misbehave on purpose: one that forgets what was not synced, one that refuses calls.
@NullMarked
package dev.plinth.conformance.disk;

import org.jspecify.annotations.NullMarked;
