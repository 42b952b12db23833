---------------------------- MODULE JungleSwitch ----------------------------
(***************************************************************************)
(* One tree of a Jungle store: an append-only file that grows by batches,  *)
(* each closed by a header, and that is compacted by being copied into a   *)
(* new file while batches go on arriving and cursors go on reading.        *)
(*                                                                         *)
(* A version is the number of batches that a header shows. Batches stand   *)
(* in a log until the manifest names a header that shows them.             *)
(*                                                                         *)
(* The disk forgets: a crash leaves of a file the headers that were synced *)
(* and perhaps more, of the manifest the synced state or the next one.     *)
(***************************************************************************)
EXTENDS Naturals, Sequences, FiniteSets

CONSTANTS
  Batches,  \* the highest version
  Appended, \* how many batches of the log one append brings at most
  Files,    \* how many files there may ever be
  Cursors,  \* how many cursors may be open at once
  Crashes,  \* how many crashes at most
  Bug       \* the name of a seeded bug, or "none"

VARIABLES
  headers,  \* of each file: the versions that its headers show, in their order
  safe,     \* of each file: how many of its headers survive a power loss
  there,    \* the files that exist
  made,     \* files 1..made have been made
  current,  \* the file and the header that readers see
  manifest, \* the file and the header that the durable manifest names
  edit,     \* the same with the edit that is not synced yet
  copy,     \* the file that a compaction copies to, 0 for none
  logged,   \* batches 1..logged are in the log, durably
  released, \* the log has forgotten batches 1..released
  shown,    \* the highest version that readers have seen since the opening
  cursors,  \* open cursors: file, header, and the version that they began with
  crashes

vars == <<headers, safe, there, made, current, manifest, edit, copy, logged,
          released, shown, cursors, crashes>>

\* The version that a file shows at a header; 0 when it is not there.
Version(at) == IF at.file \in there /\ at.header \in DOMAIN headers[at.file]
               THEN headers[at.file][at.header] ELSE 0
End(f) == [file |-> f, header |-> Len(headers[f])]

Init ==
  /\ headers = [f \in 1..Files |-> IF f = 1 THEN <<0>> ELSE <<>>]
  /\ safe = [f \in 1..Files |-> IF f = 1 THEN 1 ELSE 0]
  /\ there = {1} /\ made = 1
  /\ current = [file |-> 1, header |-> 1] /\ manifest = current /\ edit = current
  /\ copy = 0 /\ logged = 0 /\ released = 0 /\ shown = 0
  /\ cursors = {} /\ crashes = 0

LogBatch ==
  /\ logged < Batches
  /\ logged' = logged + 1
  /\ UNCHANGED <<headers, safe, there, made, current, manifest, edit, copy, released,
                 shown, cursors, crashes>>

\* Values, changed nodes and a header go behind the end of the file, for one
\* batch of the log or for several.
AppendBatch(v) ==
  /\ v > Version(current) /\ v <= Version(current) + Appended
  /\ v <= logged /\ edit = manifest
  /\ headers' = [headers EXCEPT ![current.file] = Append(@, v)]
  /\ current' = [current EXCEPT !.header = Len(headers[current.file]) + 1]
  /\ shown' = v
  /\ UNCHANGED <<safe, there, made, manifest, edit, copy, logged, released, cursors, crashes>>

SyncFile(f) ==
  /\ f \in there /\ safe[f] < Len(headers[f])
  /\ safe' = [safe EXCEPT ![f] = Len(headers[f])]
  /\ UNCHANGED <<headers, there, made, current, manifest, edit, copy, logged, released,
                 shown, cursors, crashes>>

Name ==
  /\ edit = manifest /\ current # manifest
  /\ safe[current.file] >= current.header \/ Bug = "NamedBeforeSynced"
  /\ edit' = current
  /\ UNCHANGED <<headers, safe, there, made, current, manifest, copy, logged, released,
                 shown, cursors, crashes>>

\* What the manifest names from now on is what readers see, when it is newer.
SyncEdit ==
  /\ edit # manifest
  /\ manifest' = edit
  /\ current' = IF edit.file = current.file THEN current ELSE edit
  /\ shown' = Version(current')
  /\ copy' = IF edit.file = copy THEN 0 ELSE copy
  /\ UNCHANGED <<headers, safe, there, made, edit, logged, released, cursors, crashes>>

Release ==
  LET upTo == Version(IF Bug = "LogReleasedBeforeEdit" THEN current ELSE manifest) IN
  /\ released < upTo
  /\ released' = upTo
  /\ UNCHANGED <<headers, safe, there, made, current, manifest, edit, copy, logged, shown,
                 cursors, crashes>>

\* Copies what is live into a new file.
BeginCopy ==
  /\ copy = 0 /\ made < Files
  /\ made' = made + 1 /\ copy' = made + 1
  /\ there' = there \cup {made + 1}
  /\ headers' = [headers EXCEPT ![made + 1] = <<Version(current)>>]
  /\ UNCHANGED <<safe, current, manifest, edit, logged, released, shown, cursors, crashes>>

\* Batches that arrived since go into the copy as well.
CatchUp ==
  /\ copy # 0 /\ edit = manifest
  /\ Version(End(copy)) < Version(current)
  /\ headers' = [headers EXCEPT ![copy] = Append(@, Version(current))]
  /\ UNCHANGED <<safe, there, made, current, manifest, edit, copy, logged, released,
                 shown, cursors, crashes>>

Switch ==
  /\ copy # 0 /\ edit = manifest
  /\ safe[copy] = Len(headers[copy])
  /\ Version(End(copy)) = Version(current) \/ Bug = "SwitchLosesAppends"
  /\ edit' = End(copy)
  /\ UNCHANGED <<headers, safe, there, made, current, manifest, copy, logged, released,
                 shown, cursors, crashes>>

Unlink(f) ==
  /\ f \in there /\ f # copy
  /\ f # edit.file
  /\ f # manifest.file \/ Bug = "UnlinkedBeforeEdit"
  /\ \A c \in cursors : c.at.file # f \/ Bug = "UnlinkedUnderCursor"
  /\ there' = there \ {f}
  /\ UNCHANGED <<headers, safe, made, current, manifest, edit, copy, logged, released,
                 shown, cursors, crashes>>

OpenCursor ==
  /\ Cardinality(cursors) < Cursors
  /\ cursors' = cursors \cup {[at |-> current, version |-> Version(current)]}
  /\ UNCHANGED <<headers, safe, there, made, current, manifest, edit, copy, logged,
                 released, shown, crashes>>

CloseCursor ==
  /\ \E c \in cursors : cursors' = cursors \ {c}
  /\ UNCHANGED <<headers, safe, there, made, current, manifest, edit, copy, logged,
                 released, shown, crashes>>

\* A crash, and the opening after it: bytes behind the named header are cut,
\* files that are not named go, batches of the log come again.
Crash ==
  /\ crashes < Crashes
  /\ \E m \in {manifest, edit} :
       /\ manifest' = m /\ edit' = m /\ current' = m
       /\ headers' = [f \in 1..Files |-> IF f = m.file THEN SubSeq(headers[f], 1, m.header)
                                         ELSE <<>>]
       /\ safe' = [f \in 1..Files |-> IF f = m.file THEN m.header ELSE 0]
       /\ there' = there \cap {m.file}
       /\ shown' = Version(m)
  /\ copy' = 0 /\ cursors' = {} /\ crashes' = crashes + 1
  /\ UNCHANGED <<made, logged, released>>

Next == \/ LogBatch \/ Name \/ SyncEdit \/ Release
        \/ BeginCopy \/ CatchUp \/ Switch \/ OpenCursor \/ CloseCursor \/ Crash
        \/ \E v \in 1..Batches : AppendBatch(v)
        \/ \E f \in 1..Files : SyncFile(f) \/ Unlink(f)

Spec == Init /\ [][Next]_vars

-----------------------------------------------------------------------------
Place == [file: 1..Files, header: 1..(2 * Batches + 2)]

TypeOK ==
  /\ \A f \in 1..Files : \A i \in DOMAIN headers[f] : headers[f][i] \in 0..Batches
  /\ \A f \in 1..Files : safe[f] \in 0..Len(headers[f])
  /\ there \subseteq 1..made /\ made \in 1..Files /\ copy \in {0} \cup there
  /\ {current, manifest, edit} \subseteq Place
  /\ logged \in 0..Batches /\ released \in 0..logged /\ shown \in 0..Batches
  /\ Cardinality(cursors) <= Cursors /\ crashes \in 0..Crashes

\* What the manifest names, or may name after a crash, is there and was synced.
NamedHeaderIsThere ==
  \A m \in {manifest, edit} : m.file \in there /\ m.header <= safe[m.file]

\* D1: what the log has forgotten is in the tree that a crash would leave.
NothingIsLost == \A m \in {manifest, edit} : released <= Version(m)

\* Readers never see a tree that is older than what they saw before.
VersionsAscend == Version(current) >= shown

\* A switch loses no batch that readers have seen.
SwitchKeepsAppends == edit.file = current.file \/ Version(edit) >= Version(current)

\* D10: a cursor sees the version it began with until it is closed.
CursorsAreFrozen == \A c \in cursors : c.at.file \in there /\ Version(c.at) = c.version
=============================================================================
