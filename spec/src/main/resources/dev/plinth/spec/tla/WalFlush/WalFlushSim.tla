----------------------------- MODULE WalFlushSim -----------------------------
(***************************************************************************)
(* Random behaviours of WalFlush as scripts for the real log: what a       *)
(* caller can ask of it one by one. Syncs and freezes are of all that was  *)
(* appended, as the code's are. The number of a crash says what is left:   *)
(* 0 what was synced, 1 everything, 2 something between.                   *)
(***************************************************************************)
EXTENDS WalFlush, TLC

CONSTANT Depth
VARIABLE done

SimInit == Init /\ done = <<>>
Did(name, n) == done' = Append(done, <<name, n>>)

SimNext ==
  /\ Len(done) < Depth
  /\ \/ Put /\ Did("Put", appended')
     \/ Write(appended) /\ Did("Write", written')
     \/ written = appended /\ Sync(written) /\ Did("Sync", synced')
     \/ written = appended /\ Freeze /\ Did("Freeze", appended)
     \/ MakeTable /\ Did("MakeTable", 0)
     \/ SyncTable /\ Did("SyncTable", 0)
     \/ Install /\ Did("Install", 0)
     \/ SyncEdit /\ Did("SyncEdit", 0)
     \/ /\ Len(done) > 12 /\ Crash
        /\ Did("Crash", IF written' = safe THEN 0 ELSE IF written' = written THEN 1 ELSE 2)
     \/ Recover /\ Did("Recover", appended')

SimSpec == SimInit /\ [][SimNext]_<<vars, done>>

Told == Len(done) = Depth => PrintT(<<"behaviour", done>>)
=============================================================================
