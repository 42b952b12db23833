/// Telling callers how far their writes are durable.
@NullMarked
package dev.plinth.kit.durability;

import org.jspecify.annotations.NullMarked;
