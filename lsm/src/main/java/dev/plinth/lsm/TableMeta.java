package dev.plinth.lsm;

import dev.plinth.kit.merge.KeyBounds;

/// What the tree knows of a table without opening it.
///
/// @param number names its file
/// @param identity mixed into its checksums
/// @param bytes the size of its file
/// @param bounds the keys it may hold, deleted ranges included
/// @param entries how many entries
/// @param deletes how many of them are deletes
/// @param rangeDeletes how many deleted ranges
/// @param userBytes bytes of keys and values
/// @param sequenceMin the lowest sequence number in it, base included
/// @param sequenceMax the highest one, base included
/// @param sequenceBase added to every sequence number in the file: not 0 for an ingested table
public record TableMeta(
    long number,
    long identity,
    long bytes,
    KeyBounds bounds,
    long entries,
    long deletes,
    long rangeDeletes,
    long userBytes,
    long sequenceMin,
    long sequenceMax,
    long sequenceBase) {}
