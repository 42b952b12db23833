/// The small log that says which files make up a store: atomic, checksummed, synced edits.
/// `docs/formats/manifest.md` has every byte.
@NullMarked
package dev.plinth.kit.manifest;

import org.jspecify.annotations.NullMarked;
