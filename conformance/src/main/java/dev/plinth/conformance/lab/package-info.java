/// The laboratory: tries anything durable in layers (histories, crashes, faults, damage, kills),
/// counts, remembers where it was, and prints one command for every failure.
@NullMarked
package dev.plinth.conformance.lab;

import org.jspecify.annotations.NullMarked;
