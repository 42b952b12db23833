/// Jungle (Ahn, Mehta, Nguyen, Hou, Qin, HotStorage 2019): levels of range-partitioned tables, each
/// table one append-only file of copy-on-write B+tree batches with the values apart from the nodes.
///
/// The way of a write: commit queue, log buffer, memtable; a full memtable is one sorted batch that
/// is appended, in parts, to the tables of level 1 ([MergeJob]), with no level 0 in between. A
/// level over its limit sends a whole table down: it becomes batches of the tables that it meets
/// below. A table with too many bytes for a live one is written anew ([JunglePolicy]). Every change
/// of the tree is one edit of the manifest that names, for each table, how far it counts.
///
/// What follows from appending: a state of the tree is a list of (file, header), so a snapshot pins
/// such a list and never makes anybody keep several versions of a key in a table; a checkpoint
/// links the files and remembers their ends.
@NullMarked
package dev.plinth.engine.jungle;

import org.jspecify.annotations.NullMarked;
