--------------------------- MODULE BitcaskMergeSim ---------------------------
(***************************************************************************)
(* Random behaviours of BitcaskMerge, up to a crash, as scripts for the    *)
(* real engine. When files roll is the engine's own affair, so only what   *)
(* a caller sees of it is told; merges are of everything. The number of a  *)
(* crash says what is left: 0 what was synced, 1 everything, 2 something   *)
(* between.                                                                *)
(***************************************************************************)
EXTENDS BitcaskMerge, TLC

CONSTANT Depth
VARIABLE done

SimInit == Init /\ done = <<>>
Did(name, k, n) == done' = Append(done, <<name, k, n>>)
Silent == UNCHANGED done

SimNext ==
  /\ crashes = 0
  /\ \/ \E k \in Keys, del \in BOOLEAN :
          Write(k, del) /\ Did("Write", k, IF del THEN 1 ELSE 0)
     \/ Sync(Last) /\ Did("Sync", "", Last)
     \/ Prepare /\ Silent
     \/ Roll /\ Silent
     \/ Seal /\ Silent
     \/ BeginMerge(manifest \cap safe, {r \in RecordsOf(manifest \cap safe) : r.del})
          /\ Did("BeginMerge", "", 0)
     \/ SyncOutput /\ Did("SyncOutput", "", 0)
     \/ Swap /\ Silent
     \/ Install /\ Did("Install", "", 0)
     \/ SyncEdit /\ Did("SyncEdit", "", 0)
     \/ \E n \in {synced, Last} :
          /\ Len(done) > Depth /\ Crash(n)
          /\ Did("Crash", "", IF n = synced THEN 0 ELSE 1)

SimSpec == SimInit /\ [][SimNext]_<<vars, done>>

Told == crashes = 1 => PrintT(<<"behaviour", done>>)
=============================================================================
