------------------------- MODULE SnapshotInstallTrace -------------------------
(***************************************************************************)
(* Follows traces of the store: each event has to be a step of             *)
(* SnapshotInstall; only what no disk sees, which directory the process    *)
(* works on, comes by itself. A trace whose end is reached is accepted.    *)
(***************************************************************************)
EXTENDS SnapshotInstall, Sequences, Traces, TLC

VARIABLES trace, at

Event == Traces[trace][at]
Is(name) ==
  /\ at <= Len(Traces[trace]) /\ Event.e = name
  /\ at' = at + 1 /\ trace' = trace

TraceInit == Init /\ trace \in DOMAIN Traces /\ at = 1

TraceNext ==
  \/ Is("AppendEntry") /\ AppendEntry /\ last' = Event.n
  \/ Is("Apply") /\ Apply /\ states'[serving].applied = Event.n
  \/ Is("Flush") /\ Flush /\ states'[serving].durable = Event.n
  \/ Is("Acknowledge") /\ Acknowledge /\ acked' = Event.n
  \/ Is("CutLog") /\ CutLog /\ first' = Event.n
  \/ Is("BeginInstall") /\ BeginInstall(Event.n)
  \/ Is("Complete") /\ Complete
  \/ Is("SyncState") /\ SyncState
  \/ Is("WriteNext") /\ WriteNext
  \/ Is("SyncNext") /\ SyncNext
  \/ Is("Rename") /\ Rename
  \/ Is("SyncFolder") /\ SyncFolder
  \/ Is("ResetLog") /\ ResetLog /\ first' = Event.n
  \/ Is("DeleteState") /\ DeleteState(Event.n)
  \/ Is("Crash") /\ Crash
  \/ Is("Recover") /\ Recover /\ states[pointer].applied = Event.n
                   /\ first' = Event.f /\ last' = Event.l
  \/ (Serve \/ EndInstall) /\ UNCHANGED <<trace, at>>

TraceSpec == TraceInit /\ [][TraceNext]_<<vars, trace, at>>

\* Tells how far each trace was followed.
Progress == PrintT(<<"reached", trace, at>>)
=============================================================================
