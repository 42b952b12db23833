/// The contract that every Raft log store passes, outsiders' too: the traps of the libraries as
/// tests, a model, and a subject for the laboratory.
@NullMarked
package dev.plinth.raft.testkit;

import org.jspecify.annotations.NullMarked;
