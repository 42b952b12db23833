package dev.plinth.conformance.lab;

/// What was recorded in one concurrent history.
///
/// @param calls how many calls of all threads
/// @param unknown how many of them were writes that failed, so that nobody knows their outcome
public record RecordedCalls(long calls, long unknown) {}
