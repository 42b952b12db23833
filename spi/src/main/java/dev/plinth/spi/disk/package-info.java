/// What an engine may ask of a disk. Every byte an engine reads or writes goes through
/// [dev.plinth.spi.disk.Disk], so that a simulated disk can crash it and a faulty one can refuse
/// it.
@NullMarked
package dev.plinth.spi.disk;

import org.jspecify.annotations.NullMarked;
