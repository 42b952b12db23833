package dev.plinth.kit.tree;

/// What bounds the memtables of a tree.
///
/// @param logged whether writes go to a log
/// @param memtablesMax how many memtables may exist at once, 2 or more
/// @param rangeDeletesMax how many deleted ranges a memtable takes before it is flushed
public record WriteLimits(boolean logged, int memtablesMax, int rangeDeletesMax) {}
