--------------------------- MODULE SnapshotInstall ---------------------------
(***************************************************************************)
(* A state machine in a numbered directory that a pointer file names, a    *)
(* Raft log beside it, and snapshots of a leader that take their place.    *)
(*                                                                         *)
(* An installation fills a new directory, syncs it, writes the pointer     *)
(* anew under another name, syncs it, renames it, syncs the folder; only   *)
(* then the log is reset and the old directory goes, in either order.      *)
(*                                                                         *)
(* The disk forgets: a crash leaves of a directory what was synced, of a   *)
(* rename whose folder was not synced the old name or the new.             *)
(***************************************************************************)
EXTENDS Naturals, FiniteSets

CONSTANTS
  Indexes,  \* the highest index of an entry
  States,   \* how many directories there may ever be
  Crashes,  \* how many crashes at most
  Bug       \* the name of a seeded bug, or "none"

VARIABLES
  states,   \* of each directory: its applied index in memory and on stable
            \* storage, whether all chunks came, whether they were synced
  there,    \* the directories that exist
  made,     \* directories 1..made have been made
  pointer,  \* the directory that the durable pointer names
  renamed,  \* the same with the rename whose folder is not synced yet
  next,     \* what the pointer's new file says, and whether it is synced
  serving,  \* the directory that the process works on
  incoming, \* the directory that an installation fills; 0 for none
  first,    \* the log holds, durably, the entries from first ..
  last,     \* .. to last
  acked,    \* the highest applied index that others may rely on
  up,       \* whether the process runs
  crashes

vars == <<states, there, made, pointer, renamed, next, serving, incoming, first, last,
          acked, up, crashes>>
logVars == <<first, last>>
switchVars == <<pointer, renamed, next>>

NoNext == [to |-> 0, synced |-> FALSE]
NoState == [applied |-> 0, durable |-> 0, whole |-> FALSE, synced |-> FALSE]

Init ==
  /\ states = [d \in 1..States |->
                IF d = 1 THEN [NoState EXCEPT !.whole = TRUE, !.synced = TRUE] ELSE NoState]
  /\ there = {1} /\ made = 1
  /\ pointer = 1 /\ renamed = 1 /\ next = NoNext /\ serving = 1 /\ incoming = 0
  /\ first = 1 /\ last = 0 /\ acked = 0 /\ up = TRUE /\ crashes = 0

AppendEntry ==
  /\ up /\ last < Indexes /\ incoming = 0
  /\ last' = last + 1
  /\ UNCHANGED <<states, there, made, switchVars, serving, incoming, first, acked, up, crashes>>

Apply ==
  /\ up /\ incoming = 0
  /\ states[serving].applied < last /\ states[serving].applied + 1 >= first
  /\ states' = [states EXCEPT ![serving].applied = @ + 1]
  /\ UNCHANGED <<there, made, switchVars, serving, incoming, logVars, acked, up, crashes>>

Flush ==
  /\ up /\ states[serving].durable < states[serving].applied
  /\ states' = [states EXCEPT ![serving].durable = states[serving].applied]
  /\ UNCHANGED <<there, made, switchVars, serving, incoming, logVars, acked, up, crashes>>

\* Others rely on what the durable state holds: the log is cut by it, the
\* leader goes on behind it.
Acknowledge ==
  /\ up /\ incoming = 0 /\ acked < states[serving].durable
  /\ acked' = states[serving].durable
  /\ UNCHANGED <<states, there, made, switchVars, serving, incoming, logVars, up, crashes>>

CutLog ==
  LET upTo == IF Bug = "LogCutBeforeFlush" THEN states[serving].applied
              ELSE states[serving].durable IN
  /\ up /\ incoming = 0 /\ first <= upTo
  /\ first' = upTo + 1
  /\ last' = IF last < upTo THEN upTo ELSE last
  /\ UNCHANGED <<states, there, made, switchVars, serving, incoming, acked, up, crashes>>

\* A leader sends a snapshot of what it has applied; one that is not newer
\* than what is here is refused.
BeginInstall(index) ==
  /\ up /\ incoming = 0 /\ made < States
  /\ index > states[serving].applied \/ Bug = "OlderSnapshotTaken"
  /\ made' = made + 1 /\ incoming' = made + 1 /\ there' = there \cup {made + 1}
  /\ states' = [states EXCEPT ![made + 1] = [NoState EXCEPT !.applied = index]]
  /\ UNCHANGED <<switchVars, serving, logVars, acked, up, crashes>>

\* The last chunk has come.
Complete ==
  /\ up /\ incoming # 0 /\ ~states[incoming].whole
  /\ states' = [states EXCEPT ![incoming].whole = TRUE]
  /\ UNCHANGED <<there, made, switchVars, serving, incoming, logVars, acked, up, crashes>>

SyncState ==
  /\ up /\ incoming # 0 /\ states[incoming].whole /\ ~states[incoming].synced
  /\ states' = [states EXCEPT ![incoming].synced = TRUE,
                              ![incoming].durable = states[incoming].applied]
  /\ UNCHANGED <<there, made, switchVars, serving, incoming, logVars, acked, up, crashes>>

WriteNext ==
  /\ up /\ incoming # 0 /\ next = NoNext /\ renamed # incoming
  /\ states[incoming].synced \/ Bug = "SwitchedBeforeSync"
  /\ states[incoming].whole
  /\ next' = [to |-> incoming, synced |-> FALSE]
  /\ UNCHANGED <<states, there, made, pointer, renamed, serving, incoming, logVars, acked,
                 up, crashes>>

SyncNext ==
  /\ up /\ next.to # 0 /\ ~next.synced
  /\ next' = [next EXCEPT !.synced = TRUE]
  /\ UNCHANGED <<states, there, made, pointer, renamed, serving, incoming, logVars, acked,
                 up, crashes>>

Rename ==
  /\ up /\ next.to # 0 /\ next.synced
  /\ renamed' = next.to /\ next' = NoNext
  /\ UNCHANGED <<states, there, made, pointer, serving, incoming, logVars, acked, up, crashes>>

SyncFolder ==
  /\ up /\ pointer # renamed
  /\ pointer' = renamed
  /\ UNCHANGED <<states, there, made, renamed, next, serving, incoming, logVars, acked, up,
                 crashes>>

\* The log goes on behind the snapshot.
ResetLog ==
  LET named == IF Bug = "LogResetBeforeSwitch" THEN incoming ELSE pointer IN
  /\ up /\ incoming # 0 /\ named = incoming /\ states[incoming].whole
  /\ first # states[incoming].applied + 1
  /\ first' = states[incoming].applied + 1 /\ last' = states[incoming].applied
  /\ UNCHANGED <<states, there, made, switchVars, serving, incoming, acked, up, crashes>>

\* From here on the process works on the new directory, and the old one may go.
Serve ==
  /\ up /\ incoming # 0 /\ pointer = incoming /\ serving # incoming
  /\ serving' = incoming
  /\ UNCHANGED <<states, there, made, switchVars, incoming, logVars, acked, up, crashes>>

EndInstall ==
  /\ up /\ incoming # 0 /\ serving = incoming /\ first = states[incoming].applied + 1
  /\ incoming' = 0
  /\ UNCHANGED <<states, there, made, switchVars, serving, logVars, acked, up, crashes>>

DeleteState(d) ==
  /\ up /\ d \in there /\ d # incoming
  /\ d # renamed
  /\ (d # pointer /\ d # serving) \/ Bug = "DeletedBeforeSwitch"
  /\ there' = there \ {d}
  /\ UNCHANGED <<states, made, switchVars, serving, incoming, logVars, acked, up, crashes>>

Crash ==
  /\ up /\ crashes < Crashes
  /\ pointer' \in {pointer, renamed} /\ renamed' = pointer'
  /\ states' = [d \in 1..States |-> [states[d] EXCEPT !.applied = states[d].durable]]
  /\ next' = NoNext /\ incoming' = 0 /\ up' = FALSE /\ crashes' = crashes + 1
  /\ UNCHANGED <<there, made, serving, logVars, acked>>

\* Opening: what the pointer does not name goes; a log that ends before the
\* state, as after a crash between switch and reset, is reset behind it.
Recover ==
  /\ ~up
  /\ serving' = pointer /\ there' = there \cap {pointer}
  /\ IF last < states[pointer].durable /\ Bug # "LogNotResetAtOpening"
     THEN first' = states[pointer].durable + 1 /\ last' = states[pointer].durable
     ELSE UNCHANGED logVars
  /\ up' = TRUE
  /\ UNCHANGED <<states, made, switchVars, incoming, acked, crashes>>

Next == \/ AppendEntry \/ Apply \/ Flush \/ Acknowledge \/ CutLog
        \/ \E i \in 1..Indexes : BeginInstall(i)
        \/ Complete \/ SyncState \/ WriteNext \/ SyncNext \/ Rename \/ SyncFolder
        \/ ResetLog \/ Serve \/ EndInstall \/ Crash \/ Recover
        \/ \E d \in 1..States : DeleteState(d)

Spec == Init /\ [][Next]_vars

-----------------------------------------------------------------------------
State == [applied: 0..Indexes, durable: 0..Indexes, whole: BOOLEAN, synced: BOOLEAN]

TypeOK ==
  /\ \A d \in 1..States : states[d] \in State
  /\ there \subseteq 1..made /\ made \in 1..States
  /\ pointer \in 1..made /\ renamed \in 1..made /\ serving \in 1..made
  /\ incoming \in 0..made /\ next \in [to: 0..made, synced: BOOLEAN]
  /\ first \in 1..(Indexes + 1) /\ last \in (first - 1)..Indexes
  /\ acked \in 0..Indexes /\ up \in BOOLEAN /\ crashes \in 0..Crashes

\* The pointer names, now and after any crash, a whole and durable state.
PointerNamesAWholeState ==
  \A d \in {pointer, renamed} : d \in there /\ states[d].whole /\ states[d].synced

\* What others rely on stays applied.
AppliedNeverGoesBack == \A d \in {pointer, renamed} : states[d].durable >= acked

\* Between the durable state and the log no entry is missing.
LogMeetsState == \A d \in {pointer, renamed} : first <= states[d].durable + 1

\* And the log does not end before the state that is served.
LogReachesState == up /\ incoming = 0 => last >= states[serving].applied

\* The process works on a directory that is there.
ServedStateIsThere == up => serving \in there
=============================================================================
