/// Sorted entries as the tree sees them: a key, a tag (sequence number and kind) and a value;
/// cursors over them, their merge, and the ranges that were deleted.
@NullMarked
package dev.plinth.kit.merge;

import org.jspecify.annotations.NullMarked;
