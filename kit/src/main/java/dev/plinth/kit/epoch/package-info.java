/// When memory and files that readers may still see can go.
@NullMarked
package dev.plinth.kit.epoch;

import org.jspecify.annotations.NullMarked;
