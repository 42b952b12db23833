/// What runs before Plinth's own Java is found; compiled for Java 17.
@NullMarked
package dev.plinth.cli.boot;

import org.jspecify.annotations.NullMarked;
