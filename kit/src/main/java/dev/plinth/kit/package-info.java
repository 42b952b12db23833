/// Parts that two or more engines are built from.
@NullMarked
package dev.plinth.kit;

import org.jspecify.annotations.NullMarked;
