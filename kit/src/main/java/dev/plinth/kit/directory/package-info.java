/// The directory of an engine: whose it is, that nobody else has it open, and how it was opened.
@NullMarked
package dev.plinth.kit.directory;

import org.jspecify.annotations.NullMarked;
