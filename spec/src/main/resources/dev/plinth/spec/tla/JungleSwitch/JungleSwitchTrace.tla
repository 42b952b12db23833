-------------------------- MODULE JungleSwitchTrace --------------------------
(***************************************************************************)
(* Follows traces of the engine: each event has to be a step of            *)
(* JungleSwitch. A trace whose end is reached is accepted.                 *)
(***************************************************************************)
EXTENDS JungleSwitch, Traces, TLC

VARIABLES trace, at

Event == Traces[trace][at]
Is(name) ==
  /\ at <= Len(Traces[trace]) /\ Event.e = name
  /\ at' = at + 1 /\ trace' = trace

TraceInit == Init /\ trace \in DOMAIN Traces /\ at = 1

TraceNext ==
  \/ Is("LogBatch") /\ LogBatch /\ logged' = Event.n
  \/ Is("AppendBatch") /\ AppendBatch(Event.n)
  \/ Is("SyncFile") /\ SyncFile(Event.n)
  \/ Is("Name") /\ Name /\ Version(edit') = Event.n
  \/ Is("SyncEdit") /\ SyncEdit
  \/ Is("Release") /\ Release /\ Event.n <= released'
  \/ Is("Released") /\ Event.n <= released /\ UNCHANGED vars
  \/ Is("BeginCopy") /\ BeginCopy /\ copy' = Event.n
  \/ Is("Switch") /\ Switch /\ edit'.file = Event.n
  \/ Is("Unlink") /\ Unlink(Event.n)
  \/ Is("OpenCursor") /\ OpenCursor /\ Version(current) = Event.n
  \/ Is("CloseCursor") /\ CloseCursor
                       /\ \E c \in cursors : c.version = Event.n /\ c \notin cursors'
  \/ Is("Crash") /\ Crash /\ logged = Event.n

TraceSpec == TraceInit /\ [][TraceNext]_<<vars, trace, at>>

\* Tells how far each trace was followed.
Progress == PrintT(<<"reached", trace, at>>)
=============================================================================
