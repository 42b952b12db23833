package dev.plinth.bench.advise;

/// What calls of an engine cost on this machine in a store so small that nothing waits for memory
/// or device.
///
/// @param putNanos a put of an existing key, as durable as asked for, syncs not counted
/// @param getNanos a point read that finds its key
/// @param seekNanos a cursor made, put to a key, and closed, with its first entry
/// @param nextNanos each further entry
public record EngineCosts(double putNanos, double getNanos, double seekNanos, double nextNanos) {}
