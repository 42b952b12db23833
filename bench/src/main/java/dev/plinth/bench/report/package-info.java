/// Turns results into tables, sentences and pictures.
@NullMarked
package dev.plinth.bench.report;

import org.jspecify.annotations.NullMarked;
