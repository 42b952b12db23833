package dev.plinth.kv.replica;

/// Where a node stands and what it has counted since it started.
///
/// @param lastLogIndex the last entry of its log
/// @param committedIndex the last entry that it knows to be committed
/// @param appliedIndex the last entry that its state shows
/// @param durableAppliedIndex the last entry that its state keeps through a power failure; the log
///   has what is behind it
/// @param pending writes under way
/// @param writes writes proposed here
/// @param barriers linearizable reads asked for here
/// @param refusals writes refused because too many were under way
public record ReplicaFigures(
    long lastLogIndex,
    long committedIndex,
    long appliedIndex,
    long durableAppliedIndex,
    long pending,
    long writes,
    long barriers,
    long refusals) {}
