-------------------------- MODULE BitcaskMergeTrace --------------------------
(***************************************************************************)
(* Follows traces of the engine: each event has to be a step of            *)
(* BitcaskMerge; only the swap of the index, which no disk sees, comes by  *)
(* itself. A trace whose end is reached is accepted.                       *)
(***************************************************************************)
EXTENDS BitcaskMerge, Traces, TLC

VARIABLES trace, at

Event == Traces[trace][at]
Is(name) ==
  /\ at <= Len(Traces[trace]) /\ Event.e = name
  /\ at' = at + 1 /\ trace' = trace

TraceInit == Init /\ trace \in DOMAIN Traces /\ at = 1

TraceNext ==
  \/ Is("Write") /\ Write(Event.k, Event.del) /\ Last' = Event.n
  \/ Is("Sync") /\ Sync(Event.n)
  \/ Is("Prepare") /\ Prepare /\ spare' = Event.n
  \/ Is("Roll") /\ Roll /\ active' = Event.n
  \/ Is("Seal") /\ Seal /\ Event.n \in safe' \ safe
  \/ Is("Durable") /\ Event.n <= synced /\ UNCHANGED vars
  \/ Is("BeginMerge") /\ BeginMerge(Event.v, {r \in Event.c : r.del})
                      /\ content'[Event.n] = Event.c
  \/ Is("SyncOutput") /\ SyncOutput /\ merge.out = Event.n
  \/ Is("Install") /\ Install /\ merge.out = Event.n
  \/ Is("SyncEdit") /\ SyncEdit
  \/ Is("Unlink") /\ Unlink(Event.n)
  \/ Is("Crash") /\ Crash(Event.n) /\ \A k \in Keys : index'[k].s = Event.found[k]
  \/ Swap /\ UNCHANGED <<trace, at>>

TraceSpec == TraceInit /\ [][TraceNext]_<<vars, trace, at>>

\* Tells how far each trace was followed.
Progress == PrintT(<<"reached", trace, at>>)
=============================================================================
