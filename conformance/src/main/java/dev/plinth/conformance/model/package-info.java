/// What an engine is compared with: a model of the map, histories of operations that can be written
/// down, replayed and shortened, and the oracle that says which states a crash may leave.
@NullMarked
package dev.plinth.conformance.model;

import org.jspecify.annotations.NullMarked;
