package dev.plinth.bench.advise;

import java.util.SortedMap;

/// An engine with options, as it would be used.
///
/// @param label the engine, or `ENGINE@NAME` for further options of it
/// @param engine the engine's name
/// @param calls the label of those whose calls run the same code: a small store tells nothing of
///   the other options
/// @param meaning what its options are for; empty for the defaults
/// @param options what is set, memory included, by name
public record Candidate(
    String label, String engine, String calls, String meaning, SortedMap<String, String> options) {}
