---------------------------- MODULE BitcaskMerge ----------------------------
(***************************************************************************)
(* A Bitcask store: append-only files, an index in memory, and merges that *)
(* copy what is live out of sealed files and drop the rest.                *)
(*                                                                         *)
(* Records carry ascending sequence numbers; opening takes, for each key,  *)
(* the record with the highest one. So a delete must stay in a file as     *)
(* long as any other file holds an older put of its key.                   *)
(*                                                                         *)
(* The disk forgets: a crash leaves the records that were synced and any   *)
(* prefix of the rest, and of the manifest the synced state or the next.   *)
(***************************************************************************)
EXTENDS Naturals, Sequences, FiniteSets

CONSTANTS
  Keys,     \* the keys
  Writes,   \* the highest sequence number
  Files,    \* how many files there may ever be
  Crashes,  \* how many crashes at most
  Bug       \* the name of a seeded bug, or "none"

VARIABLES
  history,  \* history[s]: the key that write s concerns, and whether it deletes it
  synced,   \* writes 1..synced survive a power loss
  content,  \* of each file: its records (key, sequence, whether a delete)
  open,     \* append files that are not sealed: of them a crash leaves a prefix
  safe,     \* the files that are synced as a whole: sealed ones, finished copies
  there,    \* the files that exist
  made,     \* files 1..made have been made
  active,   \* the file that writes go to
  spare,    \* the file made for when it is full, 0 for none
  manifest, \* the files that the durable manifest names
  edit,     \* the same with the edit that is not synced yet
  index,    \* of each key: file and sequence of its live record
  merge,    \* the merge under way
  retired,  \* files that were merged away and are not deleted yet
  reads,    \* what readers have taken from the index and still read
  crashes

vars == <<history, synced, content, open, safe, there, made, active, spare,
          manifest, edit, index, merge, retired, reads, crashes>>

fileVars == <<open, safe, there, made, active, spare>>
Absent == [file |-> 0, s |-> 0]
NoMerge == [phase |-> "none", victims |-> {}, out |-> 0, upTo |-> 0]
Last == Len(history)

\* The sequence of the live record of each key after the first n writes; 0 for none.
Truth(n) ==
  [k \in Keys |->
    LET mine == {s \in 1..n : history[s].k = k} IN
    IF mine = {} THEN 0
    ELSE LET s == CHOOSE x \in mine : \A y \in mine : y <= x IN
         IF history[s].del THEN 0 ELSE s]

RecordsOf(fs) == UNION {content[f] : f \in fs}

\* What opening finds among records when a crash leaves the first n writes.
Found(records, n) ==
  [k \in Keys |->
    LET mine == {r \in records : r.k = k /\ r.s <= n} IN
    IF mine = {} THEN 0
    ELSE LET r == CHOOSE x \in mine : \A y \in mine : y.s <= x.s IN
         IF r.del THEN 0 ELSE r.s]

Init ==
  /\ history = <<>> /\ synced = 0
  /\ content = [f \in 1..Files |-> {}] /\ open = {1} /\ safe = {}
  /\ there = {1} /\ made = 1 /\ active = 1 /\ spare = 0
  /\ manifest = {1} /\ edit = {1}
  /\ index = [k \in Keys |-> Absent]
  /\ merge = NoMerge /\ retired = {} /\ reads = {} /\ crashes = 0

Write(k, del) ==
  /\ Last < Writes
  /\ history' = Append(history, [k |-> k, del |-> del])
  /\ content' = [content EXCEPT ![active] = @ \cup {[k |-> k, s |-> Last + 1, del |-> del]}]
  /\ index' = [index EXCEPT ![k] = IF del THEN Absent ELSE [file |-> active, s |-> Last + 1]]
  /\ UNCHANGED <<synced, fileVars, manifest, edit, merge, retired, reads, crashes>>

Sync(upTo) ==
  /\ upTo \in (synced + 1)..Last /\ synced' = upTo
  /\ UNCHANGED <<history, content, fileVars, manifest, edit, index, merge, retired, reads,
                 crashes>>

\* A new append file is made and named before it is needed.
Prepare ==
  /\ spare = 0 /\ made < Files /\ edit = manifest
  /\ made' = made + 1 /\ spare' = made + 1 /\ there' = there \cup {made + 1}
  /\ open' = open \cup {made + 1}
  /\ manifest' = manifest \cup {made + 1} /\ edit' = manifest'
  /\ UNCHANGED <<history, synced, content, safe, active, index, merge, retired, reads,
                 crashes>>

Roll ==
  /\ spare # 0 /\ content[active] # {}
  /\ active' = spare /\ spare' = 0
  /\ UNCHANGED <<history, synced, content, open, safe, there, made, manifest, edit, index,
                 merge, retired, reads, crashes>>

\* The oldest full file is sealed when all of it is durable.
Seal ==
  \E f \in open \ {active, spare} :
    /\ \A g \in open : f <= g
    /\ \A r \in content[f] : r.s <= synced
    /\ open' = open \ {f} /\ safe' = safe \cup {f}
    /\ UNCHANGED <<history, synced, content, there, made, active, spare, manifest, edit, index,
                   merge, retired, reads, crashes>>

IsLive(r, f) == index[r.k] = [file |-> f, s |-> r.s]

\* Whether another file holds a dead put that a delete of sequence s keeps dead.
IsNeeded(s, victims) ==
  /\ Bug # "TombstoneDroppedEarly"
  /\ \E f \in manifest \ victims : \E r \in content[f] : ~r.del /\ r.s < s /\ ~IsLive(r, f)

\* Copies live records, and deletes that must stay, into a new file. A delete
\* that need not stay may.
BeginMerge(victims, kept) ==
  LET live == {r \in RecordsOf(victims) : ~r.del /\ \E f \in victims : IsLive(r, f)}
      deletes == {r \in RecordsOf(victims) : r.del}
  IN /\ merge.phase = "none" /\ made < Files /\ edit = manifest
     /\ victims # {} /\ victims \subseteq (manifest \cap safe)
     /\ kept \subseteq deletes /\ {r \in deletes : IsNeeded(r.s, victims)} \subseteq kept
     /\ made' = made + 1 /\ there' = there \cup {made + 1}
     /\ content' = [content EXCEPT ![made + 1] = live \cup kept]
     /\ merge' = [phase |-> "copied", victims |-> victims, out |-> made + 1, upTo |-> 0]
     /\ UNCHANGED <<history, synced, open, safe, active, spare, manifest, edit, index,
                    retired, reads, crashes>>

SyncOutput ==
  /\ merge.phase = "copied"
  /\ safe' = safe \cup {merge.out}
  /\ merge' = [merge EXCEPT !.phase = "synced"]
  /\ UNCHANGED <<history, synced, content, open, there, made, active, spare, manifest, edit,
                 index, retired, reads, crashes>>

\* Points the index to the copies, where it still points to the victims.
Swap ==
  LET moved(k) == {r \in content[merge.out] : r.k = k /\ ~r.del}
      follows(k) == \/ Bug = "SwappedBlindly"
                    \/ \E r \in moved(k) : r.s = index[k].s /\ index[k].file \in merge.victims
  IN /\ merge.phase = "synced" \/ (merge.phase = "copied" /\ Bug = "NamedBeforeSynced")
     /\ index' = [k \in Keys |-> IF moved(k) # {} /\ follows(k)
                                 THEN [file |-> merge.out, s |-> (CHOOSE r \in moved(k) : TRUE).s]
                                 ELSE index[k]]
     /\ merge' = [merge EXCEPT !.phase = "swapped", !.upTo = Last]
     /\ UNCHANGED <<history, synced, content, fileVars, manifest, edit, retired,
                    reads, crashes>>

\* One edit names the copy and forgets the victims, when everything that made
\* a dropped record dead is durable.
Install ==
  /\ merge.phase = "swapped" /\ edit = manifest
  /\ synced >= merge.upTo \/ Bug = "MergedBeforeSync"
  /\ edit' = (manifest \ merge.victims) \cup {merge.out}
  /\ merge' = [merge EXCEPT !.phase = "named"]
  /\ UNCHANGED <<history, synced, content, fileVars, manifest, index, retired, reads,
                 crashes>>

SyncEdit ==
  /\ merge.phase = "named"
  /\ manifest' = edit
  /\ retired' = retired \cup (merge.victims \cap there)
  /\ merge' = NoMerge
  /\ UNCHANGED <<history, synced, content, fileVars, edit, index, reads, crashes>>

Unlink(f) ==
  /\ \/ f \in retired
     \/ Bug = "UnlinkedBeforeEdit" /\ merge.phase = "named" /\ f \in merge.victims \cap there
  /\ \A r \in reads : r.file # f \/ Bug = "UnlinkedUnderReader"
  /\ there' = there \ {f}
  /\ retired' = retired \ {f}
  /\ UNCHANGED <<history, synced, content, open, safe, made, active, spare, manifest, edit,
                 index, merge, reads, crashes>>

BeginRead(k) ==
  /\ reads = {} /\ index[k] # Absent
  /\ reads' = {index[k]}
  /\ UNCHANGED <<history, synced, content, fileVars, manifest, edit, index, merge,
                 retired, crashes>>

EndRead ==
  /\ reads # {} /\ reads' = {}
  /\ UNCHANGED <<history, synced, content, fileVars, manifest, edit, index, merge,
                 retired, crashes>>

\* A crash that leaves the first n writes, and the opening after it: files
\* that the manifest does not name go, the index is built anew.
Crash(n) ==
  /\ crashes < Crashes /\ n \in synced..Last /\ made < Files
  /\ \E m \in {manifest, edit} :
       LET kept == [f \in 1..Files |-> IF f \in m THEN {r \in content[f] : r.s <= n} ELSE {}]
           found == Found(RecordsOf(m), n)
       IN /\ content' = kept
          /\ index' = [k \in Keys |->
                IF found[k] = 0 THEN Absent
                ELSE [file |-> CHOOSE f \in m : \E r \in kept[f] : r.s = found[k],
                      s |-> found[k]]]
          /\ there' = (there \cap m) \cup {made + 1}
          /\ manifest' = m \cup {made + 1} /\ edit' = m \cup {made + 1}
          /\ safe' = m /\ open' = {made + 1}
  /\ made' = made + 1 /\ active' = made + 1 /\ spare' = 0
  /\ history' = SubSeq(history, 1, n) /\ synced' = n
  /\ merge' = NoMerge /\ retired' = {} /\ reads' = {} /\ crashes' = crashes + 1

Next == \/ \E k \in Keys, del \in BOOLEAN : Write(k, del)
        \/ Prepare \/ Roll \/ Seal \/ SyncOutput \/ Swap \/ Install \/ SyncEdit \/ EndRead
        \/ \E victims \in SUBSET (manifest \cap safe) :
             \E kept \in SUBSET {r \in RecordsOf(victims) : r.del} : BeginMerge(victims, kept)
        \/ \E f \in there : Unlink(f)
        \/ \E k \in Keys : BeginRead(k)
        \/ \E n \in 0..Last : Sync(n) \/ Crash(n)

Spec == Init /\ [][Next]_vars

-----------------------------------------------------------------------------
Record == [k: Keys, s: 1..Writes, del: BOOLEAN]

TypeOK ==
  /\ Last \in 0..Writes /\ synced \in 0..Last /\ made \in 1..Files /\ active \in 1..made
  /\ spare \in 0..made
  /\ \A f \in 1..Files : content[f] \subseteq Record
  /\ \A fs \in {open, safe, there, manifest, edit, retired} : fs \subseteq 1..made
  /\ \A k \in Keys : index[k] \in [file: 0..made, s: 0..Last]
  /\ merge.phase \in {"none", "copied", "synced", "swapped", "named"}
  /\ reads \subseteq [file: 1..made, s: 1..Writes] /\ crashes \in 0..Crashes

\* D3, D1: whatever a crash would leave now is the truth after some first
\* writes, at least the synced ones: nothing is lost, no deleted key is back.
RecoversAPrefix ==
  \A m \in {manifest, edit} :
    LET records == RecordsOf(m) IN \A n \in synced..Last : Found(records, n) = Truth(n)

\* D6: the index leads to the newest record of every key, and to no other.
IndexTellsTheTruth ==
  LET truth == Truth(Last) IN
  \A k \in Keys :
    /\ index[k].s = truth[k]
    /\ index[k] # Absent => [k |-> k, s |-> index[k].s, del |-> FALSE] \in content[index[k].file]

\* Where the index leads to is there.
IndexedFilesAreThere == \A k \in Keys : index[k] # Absent => index[k].file \in there

\* Files that the manifest names, or may name after a crash, are there and synced.
NamedFilesAreThere == \A m \in {manifest, edit} : m \subseteq there /\ m \subseteq safe \cup open

\* D10: a file stays while it is read.
ReadersFindTheirFile == \A r \in reads : r.file \in there
=============================================================================
