------------------------------ MODULE BtreeMeta ------------------------------
(***************************************************************************)
(* A copy-on-write tree in one file with two meta slots. A commit writes   *)
(* changed leaves to free pages, syncs, writes the older slot, syncs. The  *)
(* valid slot with the highest number counts. Pages that a commit replaced *)
(* are free again when it is durable and no reader shows an older tree.    *)
(*                                                                         *)
(* A tree is told by the page of each of its leaves and the commit that    *)
(* wrote it there; inner pages are left out.                               *)
(*                                                                         *)
(* The disk forgets: of pages and slots written since the last sync a      *)
(* crash leaves the old, the new, or neither (torn; told by checksums).    *)
(***************************************************************************)
EXTENDS Naturals, FiniteSets

CONSTANTS
  Pages,    \* how many pages the file has
  Leaves,   \* how many leaves the tree has
  Commits,  \* the highest number of a commit
  Readers,  \* how many readers at once
  Crashes,  \* how many crashes at most
  Bug       \* the name of a seeded bug, or "none"

VARIABLES
  page,     \* of each page: the leaf and the commit that the file shows there
  torn,     \* pages written since the last sync
  slots,    \* the trees in the two durable slots, by commit number modulo 2
  writing,  \* slot and tree that are written and not synced; slot 2 for none
  tree,     \* the tree that new readers see
  work,     \* the tree of the commit under way
  retired,  \* pages that a commit replaced, with its number
  readers,  \* the trees that readers hold
  acked,    \* the highest commit that was acknowledged as durable
  crashes

vars == <<page, torn, slots, writing, tree, work, retired, readers, acked, crashes>>

Empty == [leaf |-> 0, commit |-> 0]
FirstTree == [commit |-> 0, at |-> [l \in 1..Leaves |-> [page |-> l, commit |-> 0]]]
Nothing == [slot |-> 2, tree |-> FirstTree]

PagesOf(t) == {t.at[l].page : l \in 1..Leaves}
Newest(a, b) == IF a.commit > b.commit THEN a ELSE b

\* Every page of a tree shows what the tree says.
Whole(t) == \A l \in 1..Leaves : page[t.at[l].page] = [leaf |-> l, commit |-> t.at[l].commit]

\* The slot that a commit goes to: that of the older tree.
SlotOf(commit) == IF Bug = "OneSlotOnly" THEN 0 ELSE commit % 2

\* The trees that opening may choose when a crash comes now.
Survivors ==
  IF writing.slot = 2 THEN {Newest(slots[0], slots[1])}
  ELSE LET other == slots[1 - writing.slot] IN
       {other, Newest(other, writing.tree), Newest(other, slots[writing.slot])}

Init ==
  /\ page = [p \in 1..Pages |-> IF p <= Leaves THEN [leaf |-> p, commit |-> 0] ELSE Empty]
  /\ torn = {} /\ slots = [s \in 0..1 |-> FirstTree] /\ writing = Nothing
  /\ tree = FirstTree /\ work = FirstTree
  /\ retired = {} /\ readers = {} /\ acked = 0 /\ crashes = 0

\* Pages that may be written: in no tree that counts, replaced by a durable
\* commit, and shown by no reader that is older than that commit.
IsFree(p) ==
  /\ p \notin PagesOf(tree) /\ p \notin PagesOf(work)
  /\ \A r \in retired : r.page = p =>
       /\ r.commit <= tree.commit
       /\ \A t \in readers : t.commit >= r.commit \/ Bug = "ReusedUnderReader"

\* The first change of a leaf in a commit goes to a free page, a further one
\* to the same page.
Change(l, p) ==
  /\ tree.commit < Commits /\ writing.slot = 2
  /\ IF work.at[l].commit > tree.commit
     THEN p = work.at[l].page
     ELSE \/ IsFree(p)
          \/ Bug = "ReusedBeforeDurable" /\ p \in PagesOf(tree) \ PagesOf(work)
          \/ Bug = "ChangedInPlace" /\ p = work.at[l].page
  /\ page' = [page EXCEPT ![p] = [leaf |-> l, commit |-> tree.commit + 1]]
  /\ torn' = torn \cup {p}
  /\ work' = [commit |-> tree.commit + 1,
              at |-> [work.at EXCEPT ![l] = [page |-> p, commit |-> tree.commit + 1]]]
  /\ retired' = {r \in retired : r.page # p} \cup
                IF work.at[l].page = p THEN {}
                ELSE {[page |-> work.at[l].page, commit |-> tree.commit + 1]}
  /\ UNCHANGED <<slots, writing, tree, readers, acked, crashes>>

SyncPages ==
  /\ torn # {}
  /\ torn' = {}
  /\ UNCHANGED <<page, slots, writing, tree, work, retired, readers, acked, crashes>>

WriteMeta ==
  /\ work.commit > tree.commit /\ writing.slot = 2
  /\ torn = {} \/ Bug = "MetaBeforePages"
  /\ writing' = [slot |-> SlotOf(work.commit), tree |-> work]
  /\ UNCHANGED <<page, torn, slots, tree, work, retired, readers, acked, crashes>>

SyncMeta ==
  /\ writing.slot # 2
  /\ slots' = [slots EXCEPT ![writing.slot] = writing.tree]
  /\ tree' = writing.tree
  /\ writing' = Nothing
  /\ torn' = {}
  /\ UNCHANGED <<page, work, retired, readers, acked, crashes>>

Acknowledge ==
  LET upTo == IF Bug = "AcknowledgedBeforeMeta" THEN work.commit ELSE tree.commit IN
  /\ acked < upTo
  /\ acked' = upTo
  /\ UNCHANGED <<page, torn, slots, writing, tree, work, retired, readers, crashes>>

BeginRead ==
  /\ Cardinality(readers) < Readers
  /\ readers' = readers \cup {tree}
  /\ UNCHANGED <<page, torn, slots, writing, tree, work, retired, acked, crashes>>

EndRead ==
  /\ \E t \in readers : readers' = readers \ {t}
  /\ UNCHANGED <<page, torn, slots, writing, tree, work, retired, acked, crashes>>

\* A crash, and the opening after it: the newest valid slot counts, is written
\* again and synced; all pages outside of its tree are free.
Crash ==
  /\ crashes < Crashes
  /\ \E t \in Survivors :
       /\ tree' = t /\ work' = t
       /\ slots' = [s \in 0..1 |-> IF s = t.commit % 2 THEN t
                                   ELSE IF slots[s].commit < t.commit THEN slots[s] ELSE t]
  /\ page' = [p \in 1..Pages |-> IF p \in torn THEN Empty ELSE page[p]]
  /\ torn' = {} /\ writing' = Nothing /\ retired' = {} /\ readers' = {}
  /\ crashes' = crashes + 1
  /\ UNCHANGED acked

Next == \/ \E l \in 1..Leaves, p \in 1..Pages : Change(l, p)
        \/ SyncPages \/ WriteMeta \/ SyncMeta \/ Acknowledge
        \/ BeginRead \/ EndRead \/ Crash

Spec == Init /\ [][Next]_vars

-----------------------------------------------------------------------------
Tree == [commit: 0..Commits, at: [1..Leaves -> [page: 1..Pages, commit: 0..Commits]]]

TypeOK ==
  /\ page \in [1..Pages -> [leaf: 0..Leaves, commit: 0..Commits]]
  /\ torn \subseteq 1..Pages
  /\ {tree, work, writing.tree, slots[0], slots[1]} \cup readers \subseteq Tree
  /\ writing.slot \in 0..2 /\ Cardinality(readers) <= Readers
  /\ retired \subseteq [page: 1..Pages, commit: 1..Commits]
  /\ acked \in 0..Commits /\ crashes \in 0..Crashes

\* Whatever tree a crash lets opening choose is whole, and was synced.
RecoversAWholeTree == \A t \in Survivors : Whole(t) /\ PagesOf(t) \cap torn = {}

\* D1: and it is no older than what was acknowledged.
AcknowledgedSurvives == \A t \in Survivors : t.commit >= acked

\* D10: what a reader holds does not change under it.
ReadersAreUndisturbed == \A t \in readers \cup {tree} : Whole(t)

\* The slot that is written never holds the newest durable tree.
NewestSlotIsLeftAlone ==
  writing.slot # 2 => slots[writing.slot].commit <= slots[1 - writing.slot].commit

\* No page is two leaves of one tree.
LeavesAreApart == \A t \in {tree, work} : Cardinality(PagesOf(t)) = Leaves
=============================================================================
