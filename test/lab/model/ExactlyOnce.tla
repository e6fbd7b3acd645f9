---------------------------- MODULE ExactlyOnce ----------------------------
(***************************************************************************)
(* The commit protocol of one task: a changelog, the outputs and the       *)
(* committed offset in Kafka, the rows and their checkpoint in Postgres,   *)
(* and workers that may all believe that the task is theirs.               *)
(*                                                                         *)
(* C1 to C5 are those of DESIGN.md, section 2. C3 holds by construction:   *)
(* nothing of a worker but its requests is seen by anybody. C6 is about    *)
(* values, which are numbers here.                                         *)
(*                                                                         *)
(* The records of the input are 1 .. Records. The state of the task is the *)
(* number of records that it has processed, so a correct state after       *)
(* record n is n, whoever computed it and from whatever it read. One entry *)
(* of `log` stands for everything that a transaction writes: the outputs   *)
(* of records first .. last, and the changelog record with the new state.  *)
(*                                                                         *)
(* `Fault` plants one fault, by name, or none: each must be refuted.       *)
(***************************************************************************)
EXTENDS Naturals, Sequences, FiniteSets

CONSTANTS
  Workers,      \* Everyone who may open the task, at any time.
  Records,      \* Records of the input.
  Batch,        \* At most so many records a transaction.
  Unapplied,    \* A worker commits no more while so many of its commits are not applied. The engine counts their bytes.
  Opens,        \* The task is opened at most so often.
  StoreFaults,  \* Postgres is lost or restored from a backup at most so often.
  Cuts,         \* A broker is cut off from its controller, and still answers, at most so often.
  Fault         \* The planted fault; "none" for the protocol as it is.

VARIABLES
  log,     \* The transactions' entries, in the order of the partition.
  txn,     \* The transaction under way: its state, and the offset that it would commit.
  epoch,   \* The producer epoch of the task's transactional id.
  offset,  \* The committed offset of the input.
  db,      \* Postgres: the epoch of the claim, the checkpoint, and the row.
  claims,  \* The highest epoch that a claim ever got: it is of the time, which a lost database does not turn back.
  backup,  \* Postgres as it was when a backup was taken.
  stale,   \* The log and offset known to a broker that is cut off.
  net,     \* Requests on their way; a request outlives the worker that sent it.
  worker,  \* The memory of each worker.
  left     \* The faults and openings that may still happen.

vars == <<log, txn, epoch, offset, db, claims, backup, stale, net, worker, left>>

-----------------------------------------------------------------------------
Closed ==
  [step |-> "closed", epoch |-> 0, claim |-> 0, known |-> 0, position |-> 0, value |-> 0,
   loaded |-> FALSE, confirmed |-> FALSE, last |-> 0, queue |-> <<>>, applying |-> FALSE]

NoTransaction == [state |-> "none", offset |-> 0]
EmptyDb == [epoch |-> 0, checkpoint |-> 0, value |-> 0]
NoBroker == [cut |-> FALSE, log |-> <<>>, offset |-> 0]

Init ==
  /\ log = <<>>
  /\ txn = NoTransaction
  /\ epoch = 0
  /\ offset = 0
  /\ db = EmptyDb
  /\ claims = 0
  /\ backup = EmptyDb
  /\ stale = NoBroker
  /\ net = {}
  /\ worker = [w \in Workers |-> Closed]
  /\ left = [opens |-> Opens, store |-> StoreFaults, cuts |-> Cuts]

\* The outputs of a transaction are decided on when the coordinator has written that it commits; its markers follow.
Decided(entry) == entry.verdict \in {"prepared", "committed"}

\* An abort has its markers later, too.
Settled(entry) == entry.verdict \in {"committed", "aborted"}

Give(entries, from, to) ==
  [i \in DOMAIN entries |->
    IF entries[i].verdict = from THEN [entries[i] EXCEPT !.verdict = to] ELSE entries[i]]

\* A reader of committed records sees no further than the first transaction whose markers are not written.
LastStable(entries) ==
  LET undecided == {i \in DOMAIN entries : ~Settled(entries[i])}
  IN IF undecided = {} THEN Len(entries) ELSE (CHOOSE i \in undecided : \A j \in undecided : i <= j) - 1

\* The value of the last entry of `entries` after `from` that a reader shows, or `otherwise`.
Newest(entries, from, otherwise, Shown(_)) ==
  LET seen == {i \in DOMAIN entries : i > from /\ Shown(entries[i])}
  IN IF seen = {} THEN otherwise ELSE entries[CHOOSE i \in seen : \A j \in seen : j <= i].value

\* Most brokers have to agree on an answer on which C4 rests. With the fault one is enough, be it cut off.
Answers ==
  {[log |-> log, offset |-> offset]}
    \cup (IF Fault = "believes-one-broker" /\ stale.cut
          THEN {[log |-> stale.log, offset |-> stale.offset]} ELSE {})

Abort == log' = Give(log, "open", "aborting") /\ txn' = [txn EXCEPT !.state = "aborting"]

Is(w, step) == worker[w].step = step
Drop(w) == worker' = [worker EXCEPT ![w] =
  IF Fault = "keeps-its-producer" THEN [Closed EXCEPT !.epoch = worker[w].epoch] ELSE Closed]

-----------------------------------------------------------------------------
(* The opening of a task (C4): fence, claim, restore, committed offsets.   *)

\* Aborts what the predecessor left open, which fences it, and waits while the markers of a verdict are not written.
Fence(w) ==
  /\ \/ Is(w, "closed") /\ Fault # "offsets-before-fence"
     \/ Is(w, "early")
  /\ left.opens > 0
  /\ IF Fault = "id-of-the-worker" \/ (Fault = "keeps-its-producer" /\ worker[w].epoch # 0)
     THEN /\ left' = [left EXCEPT !.opens = @ - 1]
          /\ worker' = [worker EXCEPT ![w].step = "fenced",
                                      ![w].epoch = IF @ = 0 THEN epoch ELSE @]
          /\ UNCHANGED <<log, txn, epoch>>
     ELSE IF txn.state = "open"
     THEN /\ Abort
          /\ epoch' = epoch + 1
          /\ UNCHANGED <<worker, left>>
     ELSE /\ txn.state = "none" \/ Fault = "fence-does-not-wait"
          /\ left' = [left EXCEPT !.opens = @ - 1]
          /\ epoch' = epoch + 1
          /\ worker' = [worker EXCEPT ![w] =
               [Closed EXCEPT !.step = "fenced", !.epoch = epoch + 1, !.position = worker[w].position]]
          /\ UNCHANGED <<log, txn>>
  /\ UNCHANGED <<claims, offset, db, backup, stale, net>>

\* Planted: the offsets are read before the fence.
ReadEarly(w) ==
  /\ Fault = "offsets-before-fence"
  /\ Is(w, "closed")
  /\ worker' = [worker EXCEPT ![w].step = "early", ![w].position = offset]
  /\ UNCHANGED <<claims, log, txn, epoch, offset, db, backup, stale, net, left>>

Claim(w) ==
  /\ Is(w, "fenced")
  /\ LET claim == 1 + (IF Fault = "claims-repeat" THEN db.epoch ELSE claims)
     IN /\ db' = [db EXCEPT !.epoch = claim]
        /\ claims' = claim
        /\ worker' = [worker EXCEPT ![w].step = "claimed", ![w].claim = claim, ![w].known = db.checkpoint]
  /\ UNCHANGED <<log, txn, epoch, offset, backup, stale, net, left>>

\* C5: an apply is refused unless epoch and previous offset are as its worker knows them.
Guard(claim, previous) ==
  /\ db.epoch = claim \/ Fault = "apply-of-any-epoch"
  /\ db.checkpoint = previous \/ Fault = "apply-at-any-offset"

Restore(w) ==
  /\ Is(w, "claimed")
  /\ \E answer \in Answers :
       LET known == worker[w].known
           end == IF Fault = "restores-uncommitted" THEN Len(answer.log) ELSE LastStable(answer.log)
           Shown(entry) == Fault = "restores-uncommitted" \/ Decided(entry)
           value == Newest(SubSeq(answer.log, 1, end), known, db.value, Shown)
           limit == IF Fault = "ahead-of-last-stable" THEN end ELSE Len(answer.log)
       IN CASE known > limit ->
                 /\ worker' = [worker EXCEPT ![w].step = "ahead"]
                 /\ UNCHANGED db
            [] known > end /\ known <= limit -> Drop(w) /\ UNCHANGED db
            [] known = end \/ Fault = "skips-restore" ->
                 /\ worker' = [worker EXCEPT ![w].step = "restored"]
                 /\ UNCHANGED db
            [] known < end /\ Fault # "skips-restore" /\ Guard(worker[w].claim, known) ->
                 /\ db' = [db EXCEPT !.checkpoint = end, !.value = value]
                 /\ worker' = [worker EXCEPT ![w].step = "restored", ![w].known = end]
            [] OTHER -> Drop(w) /\ UNCHANGED db
  /\ UNCHANGED <<claims, log, txn, epoch, offset, backup, stale, net, left>>

ReadOffsets(w) ==
  /\ Is(w, "restored")
  /\ \E answer \in Answers :
       worker' = [worker EXCEPT ![w].step = "running",
                                ![w].position = IF Fault = "offsets-before-fence" THEN @ ELSE answer.offset]
  /\ UNCHANGED <<claims, log, txn, epoch, offset, db, backup, stale, net, left>>

-----------------------------------------------------------------------------
(* Processing. Rows are read without a guard, and confirmed before a       *)
(* commit rests on them: the table may have been replaced meanwhile.       *)

Load(w) ==
  /\ Is(w, "running")
  /\ ~worker[w].loaded
  /\ worker[w].queue = <<>>
  /\ worker' = [worker EXCEPT ![w].value = db.value, ![w].loaded = TRUE, ![w].confirmed = FALSE]
  /\ UNCHANGED <<claims, log, txn, epoch, offset, db, backup, stale, net, left>>

Confirm(w) ==
  /\ Is(w, "running")
  /\ worker[w].loaded /\ ~worker[w].confirmed
  /\ IF Guard(worker[w].claim, worker[w].known) \/ Fault = "reads-unconfirmed"
     THEN worker' = [worker EXCEPT ![w].confirmed = TRUE]
     ELSE Drop(w)
  /\ UNCHANGED <<claims, log, txn, epoch, offset, db, backup, stale, net, left>>

\* A row that was applied may be evicted from the cache.
Evict(w) ==
  /\ Is(w, "running")
  /\ worker[w].loaded
  /\ worker[w].queue = <<>>
  /\ worker' = [worker EXCEPT ![w].loaded = FALSE, ![w].confirmed = FALSE]
  /\ UNCHANGED <<claims, log, txn, epoch, offset, db, backup, stale, net, left>>

-----------------------------------------------------------------------------
(* The commit: one Kafka transaction (C1), then one of Postgres (C2).      *)

Produce(w) ==
  /\ Is(w, "running")
  /\ worker[w].loaded /\ worker[w].confirmed
  /\ Len(worker[w].queue) < Unapplied
  /\ \E count \in 1 .. Batch :
       /\ worker[w].position + count <= Records
       /\ LET last == worker[w].position + count
          IN /\ net' = net \cup {[kind |-> "produce", from |-> w, epoch |-> worker[w].epoch,
                                  first |-> worker[w].position + 1, last |-> last,
                                  value |-> worker[w].value + count]}
             /\ worker' = [worker EXCEPT ![w].step = "producing", ![w].last = last]
  /\ UNCHANGED <<claims, log, txn, epoch, offset, db, backup, stale, left>>

\* The worker that sent a request still waits for its answer.
Waits(request, step) ==
  /\ worker[request.from].step = step
  /\ worker[request.from].epoch = request.epoch

OnProduce(request) ==
  /\ request.kind = "produce"
  /\ net' = net \ {request}
  /\ IF request.epoch = epoch /\ txn.state \in {"none", "open"}
     THEN /\ log' = Append(log, [epoch |-> request.epoch, first |-> request.first, last |-> request.last,
                                 value |-> request.value, verdict |-> "open"])
          /\ txn' = [state |-> "open", offset |-> request.last]
          /\ worker' = IF Waits(request, "producing")
                       THEN [worker EXCEPT ![request.from].step = "produced"] ELSE worker
     ELSE /\ UNCHANGED <<log, txn>>
          /\ IF Waits(request, "producing") THEN Drop(request.from) ELSE UNCHANGED worker
  /\ UNCHANGED <<claims, epoch, offset, db, backup, stale, left>>

Delta(w, at) ==
  [previous |-> worker[w].known, next |-> at,
   value |-> worker[w].value + worker[w].last - worker[w].position]

End(w) ==
  /\ Is(w, "produced")
  /\ net' = net \cup {[kind |-> "end", from |-> w, epoch |-> worker[w].epoch]}
  /\ worker' = [worker EXCEPT ![w].step = "ending",
       ![w].queue = IF Fault = "applies-before-commit" THEN Append(@, Delta(w, Len(log))) ELSE @]
  /\ UNCHANGED <<claims, log, txn, epoch, offset, db, backup, stale, left>>

\* The worker takes its transaction for committed: its rows may be applied (C2).
Acknowledge(w, at) ==
  worker' = [worker EXCEPT ![w] =
    [@ EXCEPT !.step = "running", !.position = worker[w].last, !.known = at,
              !.value = worker[w].value + worker[w].last - worker[w].position,
              !.queue = IF Fault = "applies-before-commit" THEN @ ELSE Append(@, Delta(w, at))]]

OnEnd(request) ==
  /\ request.kind = "end"
  /\ net' = net \ {request}
  /\ IF request.epoch = epoch /\ txn.state = "open"
     THEN /\ log' = Give(log, "open", "prepared")
          /\ txn' = [txn EXCEPT !.state = "prepared"]
          /\ IF Waits(request, "ending") THEN Acknowledge(request.from, Len(log)) ELSE UNCHANGED worker
     ELSE /\ UNCHANGED <<log, txn>>
          /\ IF Waits(request, "ending") THEN Drop(request.from) ELSE UNCHANGED worker
  /\ UNCHANGED <<claims, epoch, offset, db, backup, stale, left>>

\* The markers of a commit make the transaction and its offset visible. The coordinator writes them, whatever became of the worker.
WriteMarkers ==
  /\ txn.state \in {"prepared", "aborting"}
  /\ log' = Give(Give(log, "prepared", "committed"), "aborting", "aborted")
  /\ offset' = IF txn.state = "aborting" \/ Fault = "offsets-apart" THEN offset ELSE txn.offset
  /\ txn' = NoTransaction
  /\ UNCHANGED <<claims, epoch, db, backup, stale, net, worker, left>>

\* Planted: offsets are committed by a request of their own.
CommitOffset(w) ==
  /\ Fault = "offsets-apart"
  /\ Is(w, "running")
  /\ offset # worker[w].position
  /\ offset' = worker[w].position
  /\ UNCHANGED <<claims, log, txn, epoch, db, backup, stale, net, worker, left>>

\* Planted: a commit without an answer is taken for one that succeeded, or for one that failed.
Assume(w) ==
  /\ Is(w, "ending")
  /\ \/ Fault = "unknown-is-success" /\ Acknowledge(w, Len(log))
     \/ Fault = "unknown-is-failure" /\ worker' = [worker EXCEPT ![w].step = "running"]
  /\ UNCHANGED <<claims, log, txn, epoch, offset, db, backup, stale, net, left>>

\* Commits are applied in their order, one at a time.
Apply(w) ==
  /\ worker[w].queue # <<>>
  /\ ~worker[w].applying
  /\ LET delta == Head(worker[w].queue)
     IN net' = net \cup {[kind |-> "apply", from |-> w, epoch |-> worker[w].epoch, claim |-> worker[w].claim,
                          previous |-> delta.previous, next |-> delta.next, value |-> delta.value]}
  /\ worker' = [worker EXCEPT ![w].applying = TRUE]
  /\ UNCHANGED <<claims, log, txn, epoch, offset, db, backup, stale, left>>

OnApply(request) ==
  LET waits == worker[request.from].applying /\ worker[request.from].epoch = request.epoch
  IN /\ request.kind = "apply"
     /\ net' = (net \ {request}) \cup
               (IF Fault = "rows-apart" /\ Guard(request.claim, request.previous)
                THEN {[request EXCEPT !.kind = "rows"]} ELSE {})
     /\ IF Guard(request.claim, request.previous)
        THEN /\ db' = [db EXCEPT !.checkpoint = request.next,
                                 !.value = IF Fault = "rows-apart" THEN @ ELSE request.value]
             /\ worker' = IF waits THEN [worker EXCEPT ![request.from].queue = Tail(@),
                                                       ![request.from].applying = FALSE] ELSE worker
        ELSE /\ UNCHANGED db
             /\ IF waits THEN Drop(request.from) ELSE UNCHANGED worker
     /\ UNCHANGED <<claims, log, txn, epoch, offset, backup, stale, left>>

\* Planted: the rows follow their checkpoint in a transaction of their own.
OnRows(request) ==
  /\ request.kind = "rows"
  /\ net' = net \ {request}
  /\ db' = IF db.epoch = request.claim THEN [db EXCEPT !.value = request.value] ELSE db
  /\ UNCHANGED <<claims, log, txn, epoch, offset, backup, stale, worker, left>>

-----------------------------------------------------------------------------
(* Faults that are nobody's mistake.                                       *)

\* A crash, a lost answer, an error, a rebalance: memory is gone, requests on their way are not.
GiveUp(w) ==
  /\ ~Is(w, "closed")
  /\ Drop(w)
  /\ UNCHANGED <<claims, log, txn, epoch, offset, db, backup, stale, net, left>>

\* A worker that closes asks for the abort of a transaction whose end it has not asked for. What it has committed it still applies.
Close(w) ==
  /\ Is(w, "producing") \/ Is(w, "produced")
  /\ worker' = [worker EXCEPT ![w].step = "closed"]
  /\ net' = net \cup {[kind |-> "abort", from |-> w, epoch |-> worker[w].epoch]}
  /\ UNCHANGED <<claims, log, txn, epoch, offset, db, backup, stale, left>>

OnAbort(request) ==
  /\ request.kind = "abort"
  /\ net' = net \ {request}
  /\ IF request.epoch = epoch /\ txn.state = "open"
     THEN Abort
     ELSE UNCHANGED <<log, txn>>
  /\ UNCHANGED <<claims, epoch, offset, db, backup, stale, worker, left>>

\* A request that never arrives.
Lose(request) ==
  /\ net' = net \ {request}
  /\ UNCHANGED <<claims, log, txn, epoch, offset, db, backup, stale, worker, left>>

\* The coordinator aborts a transaction that takes too long, and fences its producer.
Expire ==
  /\ txn.state = "open"
  /\ Abort
  /\ epoch' = epoch + 1
  /\ UNCHANGED <<claims, offset, db, backup, stale, net, worker, left>>

BackUp ==
  /\ left.store > 0
  /\ backup # db
  /\ backup' = db
  /\ UNCHANGED <<claims, log, txn, epoch, offset, db, stale, net, worker, left>>

\* Postgres is lost, or replaced by a backup, epochs and all: also a replica that lacks the last commits.
ReplaceStore ==
  /\ left.store > 0
  /\ left' = [left EXCEPT !.store = @ - 1]
  /\ \E other \in {EmptyDb, backup} : db' = other
  /\ UNCHANGED <<claims, log, txn, epoch, offset, backup, stale, net, worker>>

CutOff ==
  /\ left.cuts > 0 /\ ~stale.cut
  /\ left' = [left EXCEPT !.cuts = @ - 1]
  /\ stale' = [cut |-> TRUE, log |-> log, offset |-> offset]
  /\ UNCHANGED <<claims, log, txn, epoch, offset, db, backup, net, worker>>

Heal ==
  /\ stale.cut
  /\ stale' = NoBroker
  /\ UNCHANGED <<claims, log, txn, epoch, offset, db, backup, net, worker, left>>

-----------------------------------------------------------------------------
Next ==
  \/ \E w \in Workers :
       \/ Fence(w) \/ ReadEarly(w) \/ Claim(w) \/ Restore(w) \/ ReadOffsets(w)
       \/ Load(w) \/ Confirm(w) \/ Evict(w)
       \/ Produce(w) \/ End(w) \/ CommitOffset(w) \/ Assume(w) \/ Apply(w) \/ GiveUp(w) \/ Close(w)
  \/ \E request \in net :
       OnProduce(request) \/ OnEnd(request) \/ OnAbort(request) \/ OnApply(request) \/ OnRows(request) \/ Lose(request)
  \/ WriteMarkers \/ Expire \/ BackUp \/ ReplaceStore \/ CutOff \/ Heal

Spec == Init /\ [][Next]_vars

-----------------------------------------------------------------------------
(* What must hold.                                                         *)

CommittedOf(entries) == SelectSeq(entries, Decided)

\* Every record's outputs are committed once, in order, computed from the state of exactly the records before it.
ExactlyOnce ==
  LET done == CommittedOf(log)
  IN \A i \in DOMAIN done :
       /\ done[i].first = (IF i = 1 THEN 1 ELSE done[i - 1].last + 1)
       /\ done[i].value = done[i].last

\* C1: where the input stands is where the outputs stand.
OffsetsAgree ==
  LET done == CommittedOf(log)
  IN txn.state # "prepared" => offset = (IF done = <<>> THEN 0 ELSE done[Len(done)].last)

\* C2: the rows are those of their checkpoint: a committed cut, never more and never less.
StoreIsCut ==
  /\ db.checkpoint <= Len(log)
  /\ db.value = Newest(SubSeq(log, 1, db.checkpoint), 0, 0, Decided)
  /\ \A i \in 1 .. db.checkpoint : log[i].verdict \notin {"open", "aborting"}

\* Nobody is told to wipe a table that is right.
NeverAhead == \A w \in Workers : ~Is(w, "ahead")

Safe == ExactlyOnce /\ OffsetsAgree /\ StoreIsCut /\ NeverAhead

\* C5: only a replaced store moves back.
StoreMovesForward == [][db'.checkpoint >= db.checkpoint \/ left'.store < left.store]_vars

\* Not an invariant: its counterexample shows that the model gets somewhere.
Unfinished ==
  ~(offset = Records /\ db.checkpoint = Len(log) /\ db.value = Records /\ left.opens = 0)

=============================================================================
