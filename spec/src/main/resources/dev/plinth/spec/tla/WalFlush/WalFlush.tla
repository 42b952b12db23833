------------------------------ MODULE WalFlush ------------------------------
(***************************************************************************)
(* A write-ahead log, the memtables behind it, and the tables they become. *)
(*                                                                         *)
(* Writes are numbered 1, 2, 3, ... in commit order. A write goes into the *)
(* log's buffer, to the operating system, to stable storage, and is        *)
(* acknowledged. The log is rotated: a new file is begun. A memtable is     *)
(* frozen and becomes a table file; the manifest names it; then the log    *)
(* files that only hold what tables hold may go.                           *)
(*                                                                         *)
(* The disk forgets: a crash leaves of the log what was synced and any     *)
(* prefix of the rest, of the manifest the synced state or the next one,   *)
(* and no table file that was not synced.                                  *)
(***************************************************************************)
EXTENDS Naturals, Sequences, FiniteSets

CONSTANTS
  Writes,   \* the highest number of a write
  Crashes,  \* how many crashes there may be
  Bug       \* the name of a seeded bug, or "none"

VARIABLES
  appended, \* writes 1..appended are in memory and can be read
  written,  \* writes 1..written were handed to the operating system
  synced,   \* writes 1..synced survive a power loss, as the log believes
  safe,     \* writes 1..safe survive a power loss, in truth
  acked,    \* writes 1..acked were acknowledged as synced
  poisoned, \* a sync failed: what was not safe will be gone after a crash
  logs,     \* the first write of each log file that exists, ascending
  frozen,   \* the last write of each memtable that waits for its flush
  tables,   \* table files: first write, last write, whether synced
  manifest, \* the tables that the durable manifest names
  edit,     \* the same with the edit that is not synced yet
  up,       \* whether the process runs
  crashes

vars == <<appended, written, synced, safe, acked, poisoned, logs, frozen,
          tables, manifest, edit, up, crashes>>
logVars == <<appended, written, synced, safe, acked, poisoned>>
tableVars == <<frozen, tables, manifest, edit>>

Max(a, b) == IF a > b THEN a ELSE b
Last(s) == s[Len(s)]
Table == [first: 1..Writes, last: 1..Writes]

\* The writes that a set of tables holds.
Covered(ts) == UNION {t.first..t.last : t \in ts}

\* Tables are installed in commit order, so they end where the longest ends.
Flushed(ts) == IF ts = {} THEN 0
               ELSE CHOOSE w \in Covered(ts) : \A v \in Covered(ts) : v <= w

\* What opening finds when the manifest is m and the log reaches up to n.
Found(m, n) == Covered(m) \cup (logs[1]..n)

Init ==
  /\ appended = 0 /\ written = 0 /\ synced = 0 /\ safe = 0 /\ acked = 0
  /\ poisoned = FALSE
  /\ logs = <<1>> /\ frozen = <<>> /\ tables = {} /\ manifest = {} /\ edit = {}
  /\ up = TRUE /\ crashes = 0

Put ==
  /\ up /\ ~poisoned /\ appended < Writes
  /\ appended' = appended + 1
  /\ UNCHANGED <<written, synced, safe, acked, poisoned, logs, tableVars, up, crashes>>

Write(upTo) ==
  /\ up /\ ~poisoned /\ upTo \in (written + 1)..appended
  /\ written' = upTo
  /\ UNCHANGED <<appended, synced, safe, acked, poisoned, logs, tableVars, up, crashes>>

\* A sync may cover some of the files only, the oldest first.
Sync(upTo) ==
  /\ up /\ upTo \in (synced + 1)..written
  /\ ~poisoned \/ Bug = "RetriedSync"
  /\ synced' = upTo
  /\ safe' = IF poisoned THEN safe ELSE upTo
  /\ UNCHANGED <<appended, written, acked, poisoned, logs, tableVars, up, crashes>>

SyncFails ==
  /\ up /\ ~poisoned /\ synced < written
  /\ poisoned' = TRUE
  /\ UNCHANGED <<appended, written, synced, safe, acked, logs, tableVars, up, crashes>>

Acknowledge(upTo) ==
  /\ up /\ upTo > acked
  /\ upTo <= IF Bug = "AcknowledgedBeforeSync" THEN written ELSE synced
  /\ acked' = upTo
  /\ UNCHANGED <<appended, written, synced, safe, poisoned, logs, tableVars, up, crashes>>

\* The first write that no table and no frozen memtable holds.
Active == 1 + IF frozen = <<>> THEN Flushed(edit) ELSE Last(frozen)

Freeze ==
  /\ up /\ ~poisoned /\ Active <= appended
  /\ frozen' = Append(frozen, appended)
  /\ UNCHANGED <<logVars, logs, tables, manifest, edit, up, crashes>>

\* The log goes on in a new file; memtables may end elsewhere.
Rotate ==
  /\ up /\ ~poisoned /\ Last(logs) <= appended
  /\ logs' = Append(logs, appended + 1)
  /\ UNCHANGED <<logVars, tableVars, up, crashes>>

\* The table of the i-th frozen memtable.
TableOf(i) == [first |-> 1 + IF i = 1 THEN Flushed(edit) ELSE frozen[i - 1],
               last  |-> frozen[i]]
Flushable == IF frozen = <<>> THEN {}
             ELSE IF Bug = "FlushedOutOfOrder" THEN 1..Len(frozen) ELSE {1}
Exists(t, how) == \E f \in tables : f.first = t.first /\ f.last = t.last /\ f.synced \in how

MakeTable ==
  /\ up /\ ~poisoned /\ edit = manifest
  /\ \E i \in Flushable :
       LET t == TableOf(i) IN
       /\ ~Exists(t, BOOLEAN)
       /\ tables' = tables \cup {[first |-> t.first, last |-> t.last, synced |-> FALSE]}
  /\ UNCHANGED <<logVars, logs, frozen, manifest, edit, up, crashes>>

SyncTable ==
  /\ up /\ ~poisoned
  /\ \E t \in tables :
       /\ ~t.synced
       /\ tables' = (tables \ {t}) \cup {[t EXCEPT !.synced = TRUE]}
  /\ UNCHANGED <<logVars, logs, frozen, manifest, edit, up, crashes>>

Install ==
  /\ up /\ ~poisoned /\ edit = manifest
  /\ \E i \in Flushable :
       /\ Exists(TableOf(i), IF Bug = "NamedBeforeSynced" THEN BOOLEAN ELSE {TRUE})
       /\ edit' = manifest \cup {TableOf(i)}
       /\ frozen' = SubSeq(frozen, 1, i - 1) \o SubSeq(frozen, i + 1, Len(frozen))
  /\ UNCHANGED <<logVars, logs, tables, manifest, up, crashes>>

SyncEdit ==
  /\ up /\ ~poisoned /\ edit # manifest
  /\ manifest' = edit
  /\ UNCHANGED <<logVars, logs, frozen, tables, edit, up, crashes>>

DropLog ==
  LET names == IF Bug = "DroppedBeforeEdit" THEN edit ELSE manifest IN
  /\ up /\ ~poisoned /\ Len(logs) > 1
  /\ logs[2] - 1 <= Flushed(names)
  /\ logs' = Tail(logs)
  /\ UNCHANGED <<logVars, tableVars, up, crashes>>

Crash ==
  /\ up /\ crashes < Crashes
  /\ \E n \in safe..(IF poisoned THEN safe ELSE written), m \in {manifest, edit} :
       /\ written' = n /\ safe' = n /\ synced' = n
       /\ manifest' = m /\ edit' = m
       /\ appended' = Max(n, Flushed(m))
  /\ tables' = {t \in tables : t.synced}
  /\ frozen' = <<>> /\ poisoned' = FALSE /\ up' = FALSE
  /\ crashes' = crashes + 1
  /\ UNCHANGED <<acked, logs>>

\* Opening: what no manifest names goes, what the logs hold is in memory
\* again, and a new log file follows.
Recover ==
  /\ ~up
  /\ up' = TRUE
  /\ written' = appended /\ synced' = appended /\ safe' = appended
  /\ tables' = {t \in tables : [first |-> t.first, last |-> t.last] \in manifest}
  /\ logs' = Append(SelectSeq(logs, LAMBDA w : w <= appended), appended + 1)
  /\ UNCHANGED <<appended, acked, poisoned, frozen, manifest, edit, crashes>>

Next == \/ Put \/ SyncFails \/ Freeze \/ Rotate \/ MakeTable \/ SyncTable
        \/ \E w \in 1..Writes : Write(w) \/ Sync(w) \/ Acknowledge(w)
        \/ Install \/ SyncEdit \/ DropLog \/ Crash \/ Recover

Spec == Init /\ [][Next]_vars

-----------------------------------------------------------------------------
TypeOK ==
  /\ appended \in 0..Writes /\ written \in 0..appended /\ synced \in 0..written
  /\ safe \in 0..synced /\ acked \in 0..Writes
  /\ poisoned \in BOOLEAN /\ up \in BOOLEAN /\ crashes \in 0..Crashes
  /\ \A i \in DOMAIN logs : logs[i] \in 1..(Writes + 1)
  /\ \A i \in DOMAIN frozen : frozen[i] \in 1..Writes
  /\ tables \subseteq [first: 1..Writes, last: 1..Writes, synced: BOOLEAN]
  /\ manifest \subseteq Table /\ edit \subseteq Table

\* D1: whatever a crash would leave now holds every acknowledged write.
AcknowledgedSurvives == \A m \in {manifest, edit} : 1..acked \subseteq Found(m, safe)

\* What was acknowledged can be read.
AcknowledgedIsVisible == acked <= appended

\* D3: whatever a crash would leave now is a prefix of the commit order.
RecoversAPrefix ==
  \A m \in {manifest, edit}, n \in safe..written :
    \E k \in 0..Writes : Found(m, n) = 1..k

\* Whatever the manifest names, or may name after a crash, is there.
NamedTablesExist == \A t \in manifest \cup edit : Exists(t, {TRUE})

\* A log file is gone only when tables hold all of it, durably.
DroppedLogsAreCovered == 1..(logs[1] - 1) \subseteq Covered(manifest)
=============================================================================
