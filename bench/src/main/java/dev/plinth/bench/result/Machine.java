package dev.plinth.bench.result;

/// The machine that measured.
///
/// @param cpu the processor's name
/// @param cores how many processors the JVM sees
/// @param memoryBytes memory of the machine
/// @param os the operating system and its version
/// @param jdk the Java runtime
/// @param filesystem the type of the file system that holds the stores
/// @param syncMicrosP50 the median time of a raw sync after 4 KiB were appended to a file
public record Machine(
    String cpu,
    int cores,
    long memoryBytes,
    String os,
    String jdk,
    String filesystem,
    double syncMicrosP50) {}
