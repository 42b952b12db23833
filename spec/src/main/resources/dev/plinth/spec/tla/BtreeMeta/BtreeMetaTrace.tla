---------------------------- MODULE BtreeMetaTrace ----------------------------
(***************************************************************************)
(* Follows traces of the engine: each event has to be a step of BtreeMeta. *)
(* A trace whose end is reached is accepted.                               *)
(***************************************************************************)
EXTENDS BtreeMeta, Sequences, Traces, TLC

VARIABLES trace, at

Event == Traces[trace][at]
Is(name) ==
  /\ at <= Len(Traces[trace]) /\ Event.e = name
  /\ at' = at + 1 /\ trace' = trace

TraceInit == Init /\ trace \in DOMAIN Traces /\ at = 1

TraceNext ==
  \/ Is("Change") /\ Change(Event.l, Event.p)
  \/ Is("SyncPages") /\ SyncPages
  \/ Is("WriteMeta") /\ WriteMeta /\ writing'.tree.commit = Event.n
  \/ Is("SyncMeta") /\ SyncMeta /\ tree'.commit = Event.n
  \/ Is("Acknowledge") /\ Acknowledge /\ acked' = Event.n
  \/ Is("BeginRead") /\ BeginRead /\ tree.commit = Event.n
  \/ Is("EndRead") /\ EndRead /\ \E t \in readers : t.commit = Event.n /\ t \notin readers'
  \/ Is("Crash") /\ Crash /\ tree'.commit = Event.n
                 /\ \A l \in 1..Leaves : tree'.at[l].commit = Event.at[l]

TraceSpec == TraceInit /\ [][TraceNext]_<<vars, trace, at>>

\* Tells how far each trace was followed.
Progress == PrintT(<<"reached", trace, at>>)
=============================================================================
