---------------------------- MODULE WalFlushTrace ----------------------------
(***************************************************************************)
(* Follows traces of the real log, manifest and tables: each event has to  *)
(* be a step of WalFlush. A trace whose end is reached is accepted.        *)
(***************************************************************************)
EXTENDS WalFlush, Traces, TLC

VARIABLES trace, at

Event == Traces[trace][at]
Is(name) ==
  /\ at <= Len(Traces[trace]) /\ Event.e = name
  /\ at' = at + 1 /\ trace' = trace

TraceInit == Init /\ trace \in DOMAIN Traces /\ at = 1

TraceNext ==
  \/ Is("Put") /\ Put /\ appended' = Event.n
  \/ Is("Write") /\ Write(Event.n)
  \/ Is("Sync") /\ Sync(Event.n)
  \/ Is("SyncFails") /\ SyncFails
  \/ Is("Acknowledge") /\ Acknowledge(Event.n)
  \/ Is("Freeze") /\ Freeze /\ Last(frozen') = Event.n
  \/ Is("Rotate") /\ Rotate /\ Last(logs') = Event.n
  \/ Is("MakeTable") /\ MakeTable /\ \E t \in tables' \ tables : t.last = Event.n
  \/ Is("SyncTable") /\ SyncTable /\ \E t \in tables' \ tables : t.last = Event.n
  \/ Is("Install") /\ Install /\ Flushed(edit') = Event.n
  \/ Is("SyncEdit") /\ SyncEdit
  \/ Is("DropLog") /\ DropLog /\ logs'[1] = Event.n
  \/ Is("Crash") /\ Crash
  \/ Is("Recover") /\ Recover /\ appended' = Event.n

TraceSpec == TraceInit /\ [][TraceNext]_<<vars, trace, at>>

\* Tells how far each trace was followed.
Progress == PrintT(<<"reached", trace, at>>)
=============================================================================
