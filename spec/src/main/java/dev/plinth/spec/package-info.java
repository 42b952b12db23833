/// The TLA+ specifications of what must survive a crash, and their runner: TLC checks each of them,
/// has to reject each mutant, and has to accept traces of the real code and refuse altered copies.
/// `docs/specifications.md` explains them.
@NullMarked
package dev.plinth.spec;

import org.jspecify.annotations.NullMarked;
