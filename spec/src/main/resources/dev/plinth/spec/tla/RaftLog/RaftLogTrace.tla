---------------------------- MODULE RaftLogTrace ----------------------------
(***************************************************************************)
(* Follows traces of the segmented Raft log: each event has to be a step   *)
(* of RaftLog. Segments end where the code ends them. How many records a   *)
(* crash left is not told, only the state that was found.                  *)
(***************************************************************************)
EXTENDS RaftLog, Traces, TLC

VARIABLES trace, at

Event == Traces[trace][at]
Is(name) ==
  /\ at <= Len(Traces[trace]) /\ Event.e = name
  /\ at' = at + 1 /\ trace' = trace

TraceInit == Init /\ trace \in DOMAIN Traces /\ at = 1

TraceRoll ==
  /\ segment' = segment + 1
  /\ UNCHANGED <<stream, dropped, want, state, synced, acked, promised, applied, crashes>>

TraceNext ==
  \/ Is("Entry") /\ PutEntry(Event.n) /\ state.term = Event.t
  \/ Is("Truncate") /\ Truncate(Event.n)
  \/ Is("State") /\ \/ Compact(Event.n) /\ state'.term = Event.t /\ state'.vote = Event.v
                    \/ SaveHardState(Event.t, Event.v) /\ state'.first = Event.n
                    \/ Renew /\ state.first = Event.n /\ state.term = Event.t
                             /\ state.vote = Event.v
  \/ Is("Moved") /\ Move /\ stream'[Written + 1].i = Event.n
  \/ Is("Roll") /\ TraceRoll
  \/ Is("Sync") /\ Sync(Written - Event.n)
  \/ Is("Acknowledge") /\ Acknowledge(Written - Event.n)
  \/ Is("Apply") /\ Apply /\ applied' = Event.n
  \/ Is("DropSegment") /\ DropSegment
  \/ Is("Crash") /\ Crash /\ state' = [first |-> Event.n, term |-> Event.t,
                                       vote |-> Event.v, log |-> Event.c]

TraceSpec == TraceInit /\ [][TraceNext]_<<vars, trace, at>>

\* Tells how far each trace was followed.
Progress == PrintT(<<"reached", trace, at>>)
=============================================================================
