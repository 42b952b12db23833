------------------------------- MODULE RaftLog -------------------------------
(***************************************************************************)
(* One group of a Raft log as a stream of records in segment files.        *)
(*                                                                         *)
(* A record puts an entry and voids everything from its index on, or       *)
(* truncates, or states first index, term and vote, or holds a live entry  *)
(* a second time ("moved", voids nothing). Whoever opens the log replays   *)
(* the records. Space comes back by dropping whole segments, oldest first. *)
(*                                                                         *)
(* The disk forgets: a crash leaves what was synced and any prefix of the  *)
(* rest of the stream; the next record then begins a new segment.          *)
(***************************************************************************)
EXTENDS Naturals, Sequences, FiniteSets

CONSTANTS
  Indexes,  \* the highest index of an entry
  Terms,    \* the highest term
  Records,  \* how many records may ever be written
  Room,     \* how many records fit a segment
  Crashes,  \* how many crashes at most
  Bug       \* the name of a seeded bug, or "none"

VARIABLES
  stream,   \* every record ever written, with its segment
  dropped,  \* the first so many records are in segments that are gone
  want,     \* want[p]: the group's state after the first p records
  state,    \* the group's state as its users see it
  synced,   \* the first so many records survive a power loss
  acked,    \* the first so many records were acknowledged as durable
  promised, \* the highest term and vote whose saving was acknowledged
  applied,  \* the state machine's durable applied index
  segment,  \* the number of the segment that is written
  crashes

vars == <<stream, dropped, want, state, synced, acked, promised, applied, segment, crashes>>

NoVote == 0
Empty == [first |-> 1, term |-> 0, vote |-> NoVote, log |-> {}]

\* The highest index of a state; one below its first when it has no entry.
LastOf(s) == IF s.log = {} THEN s.first - 1
             ELSE CHOOSE i \in {e.i : e \in s.log} : \A e \in s.log : e.i <= i

\* What a record makes of a state.
Step(s, r) ==
  CASE r.kind = "entry" ->
         [s EXCEPT !.log = {e \in s.log : e.i < r.i} \cup {[i |-> r.i, t |-> r.t]}]
    [] r.kind = "moved" ->
         IF r.i < s.first THEN s
         ELSE [s EXCEPT !.log = {e \in s.log : e.i < r.i \/ (e.i > r.i /\ Bug # "MovedEntryVoids")}
                                \cup {[i |-> r.i, t |-> r.t]}]
    [] r.kind = "truncate" -> [s EXCEPT !.log = {e \in s.log : e.i < r.i}]
    [] r.kind = "state" ->
         [s EXCEPT !.first = r.i, !.term = r.t, !.vote = r.v,
                   !.log = {e \in s.log : e.i >= r.i}]

RECURSIVE Replay(_, _, _)
Replay(s, from, to) == IF from > to THEN s ELSE Replay(Step(s, stream[from]), from + 1, to)

\* What opening finds when a crash leaves the first p records.
Found(p) == Replay(Empty, dropped + 1, p)

Written == Len(stream)
Oldest == stream[dropped + 1].segment

Init ==
  /\ stream = <<>> /\ dropped = 0 /\ want = <<>> /\ state = Empty
  /\ synced = 0 /\ acked = 0 /\ promised = [term |-> 0, vote |-> NoVote]
  /\ applied = 0 /\ segment = 1 /\ crashes = 0

InSegment(n) == Cardinality({p \in DOMAIN stream : stream[p].segment = n})

\* Appends a record to the segment that is written.
Log(kind, i, t, v, after) ==
  /\ Written < Records /\ InSegment(segment) < Room
  /\ stream' = Append(stream, [kind |-> kind, i |-> i, t |-> t, v |-> v, segment |-> segment])
  /\ state' = after
  /\ want' = Append(want, after)

Record(kind, i, t, v) ==
  Log(kind, i, t, v, Step(state, [kind |-> kind, i |-> i, t |-> t, v |-> v]))

rest == <<dropped, synced, acked, promised, applied, segment, crashes>>

\* A segment that is full is followed by the next.
Roll ==
  /\ InSegment(segment) = Room
  /\ segment' = segment + 1
  /\ UNCHANGED <<stream, dropped, want, state, synced, acked, promised, applied, crashes>>

\* A new entry behind the last, or in place of an unapplied one and all behind it.
PutEntry(i) ==
  /\ i \in (applied + 1)..(LastOf(state) + 1) /\ i >= state.first /\ i <= Indexes
  /\ state.term > 0
  /\ Record("entry", i, state.term, 0)
  /\ UNCHANGED rest

Truncate(i) ==
  /\ i \in state.first..LastOf(state)
  /\ i > applied \/ Bug = "TruncatedBelowApplied"
  /\ IF Bug = "TruncatedInMemoryOnly"
     THEN /\ state' = [state EXCEPT !.log = {e \in state.log : e.i < i}]
          /\ UNCHANGED <<stream, want>>
     ELSE Record("truncate", i, 0, 0)
  /\ UNCHANGED rest

\* Compacting never passes what the state machine holds durably.
Compact(i) ==
  /\ i \in (state.first + 1)..(applied + 1)
  /\ Record("state", i, state.term, state.vote)
  /\ UNCHANGED rest

SaveHardState(term, vote) ==
  /\ \/ term > state.term
     \/ term = state.term /\ state.vote = NoVote /\ vote # NoVote
  /\ Record("state", state.first, term, vote)
  /\ UNCHANGED rest

Sync(upTo) ==
  /\ upTo \in (synced + 1)..Written
  /\ synced' = upTo
  /\ UNCHANGED <<stream, dropped, want, state, acked, promised, applied, segment, crashes>>

Acknowledge(upTo) ==
  /\ upTo > acked /\ upTo <= IF Bug = "AcknowledgedBeforeSync" THEN Written ELSE synced
  /\ acked' = upTo
  /\ promised' = [term |-> want[upTo].term, vote |-> want[upTo].vote]
  /\ UNCHANGED <<stream, dropped, want, state, synced, applied, segment, crashes>>

\* Where an entry is read from: the last record that holds it.
PlaceOf(e) == CHOOSE p \in DOMAIN stream :
                /\ stream[p].kind \in {"entry", "moved"} /\ stream[p].i = e.i
                /\ \A q \in (p + 1)..Written :
                     ~(stream[q].kind \in {"entry", "moved"} /\ stream[q].i = e.i)
\* An entry is applied when the record that holds it is durable.
Apply ==
  /\ \E e \in state.log : e.i = applied + 1 /\ PlaceOf(e) <= synced
  /\ applied' = applied + 1
  /\ UNCHANGED <<stream, dropped, want, state, synced, acked, promised, segment, crashes>>

InOldest(p) == p > dropped /\ stream[p].segment = Oldest
StatePlaces == {p \in DOMAIN stream : stream[p].kind = "state"}
NewestState == IF StatePlaces = {} THEN 0
               ELSE CHOOSE p \in StatePlaces : \A q \in StatePlaces : q <= p

Droppable == dropped < Written /\ Oldest < segment

\* Writes an entry of the oldest segment again: a live one, or one that was compacted away and
\* comes along with its neighbours.
Move ==
  /\ Droppable
  /\ \/ \E e \in state.log : InOldest(PlaceOf(e)) /\ Log("moved", e.i, e.t, 0, state)
     \/ \E p \in DOMAIN stream :
          /\ InOldest(p) /\ stream[p].kind \in {"entry", "moved"} /\ stream[p].i < state.first
          /\ Log("moved", stream[p].i, stream[p].t, 0, state)
  /\ UNCHANGED rest

\* Writes the group's state again, so that its newest statement leaves the oldest segment.
Renew ==
  /\ Droppable
  /\ Log("state", state.first, state.term, state.vote, state)
  /\ UNCHANGED rest

DropSegment ==
  LET end == CHOOSE p \in DOMAIN stream :
               /\ stream[p].segment = Oldest
               /\ p = Written \/ stream[p + 1].segment # Oldest
  IN /\ Droppable
     /\ Bug = "LiveEntryDropped" \/ \A e \in state.log : ~InOldest(PlaceOf(e))
     /\ Bug = "StateNotRenewed" \/ NewestState = 0 \/ ~InOldest(NewestState)
     /\ synced = Written \/ (Bug = "DroppedBeforeSync" /\ end <= synced)
     /\ dropped' = end
     /\ UNCHANGED <<stream, want, state, synced, acked, promised, applied, segment, crashes>>

Crash ==
  /\ crashes < Crashes
  /\ \E p \in synced..Written :
       /\ p >= dropped
       /\ stream' = SubSeq(stream, 1, p)
       /\ want' = SubSeq(want, 1, p)
       /\ synced' = p
       /\ state' = Found(p)
  /\ segment' = segment + 1
  /\ crashes' = crashes + 1
  /\ UNCHANGED <<dropped, acked, promised, applied>>

Next == \/ \E i \in 1..Indexes : PutEntry(i) \/ Truncate(i) \/ Compact(i)
        \/ \E t \in 1..Terms, v \in 0..1 : SaveHardState(t, v)
        \/ \E p \in 1..Written : Sync(p) \/ Acknowledge(p)
        \/ Roll \/ Apply \/ Move \/ Renew \/ DropSegment \/ Crash

Spec == Init /\ [][Next]_vars

-----------------------------------------------------------------------------
Entry == [i: 1..Indexes, t: 1..Terms]

TypeOK ==
  /\ state.first \in 1..(Indexes + 1) /\ state.term \in 0..Terms /\ state.vote \in 0..1
  /\ state.log \subseteq Entry
  /\ Len(stream) = Len(want) /\ Len(stream) <= Records
  /\ dropped \in 0..Written /\ synced \in 0..Written /\ acked \in 0..Records
  /\ applied \in 0..Indexes /\ crashes \in 0..Crashes

\* D12: acknowledged appends stay, truncated suffixes stay gone: whatever a
\* crash would leave now replays to the state after those records.
ReplaysTheTruth == \A p \in synced..Written : p >= dropped => p = 0 \/ Found(p) = want[p]

\* What users see is what the records say.
MemoryMatchesStream == Found(Written) = state

\* What was acknowledged was synced.
AcknowledgedIsSynced == acked <= synced

\* Vote and term never go back behind what was acknowledged.
VoteNeverGoesBack ==
  \A p \in synced..Written : p >= dropped =>
    LET s == Found(p) IN
    \/ s.term > promised.term
    \/ s.term = promised.term /\ (promised.vote = NoVote \/ s.vote = promised.vote)

\* The log and the state machine meet: no applied entry is cut away, none is
\* missing between the state machine and the log.
LogMeetsStateMachine ==
  \A p \in synced..Written : p >= dropped =>
    LET s == Found(p) IN s.first <= applied + 1 /\ applied <= LastOf(s)
=============================================================================
