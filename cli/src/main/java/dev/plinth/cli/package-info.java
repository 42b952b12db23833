/// The command line: `plinth`.
@NullMarked
package dev.plinth.cli;

import org.jspecify.annotations.NullMarked;
