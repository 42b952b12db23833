/// Finite tasks in the background of an engine.
@NullMarked
package dev.plinth.kit.work;

import org.jspecify.annotations.NullMarked;
