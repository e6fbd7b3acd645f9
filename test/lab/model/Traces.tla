------------------------------ MODULE Traces -------------------------------
(***************************************************************************)
(* Whether runs of the engine are runs of the protocol: each trace is what *)
(* a run's log, producer epoch and table looked like from outside, one     *)
(* observation after the other, and steps of ExactlyOnce must lead from    *)
(* each to the next. An event of the run may be several steps, so a few    *)
(* states in between need not have been observed.                          *)
(***************************************************************************)
EXTENDS ExactlyOnce, TLC, TraceData

CONSTANTS
  Gap,    \* At most so many steps in a row that lead to no observed state.
  States  \* What is not explained after so many states is not explained.

VARIABLES trace, at, unseen

\* A transaction looks open until its markers are written.
Seen(entry) == [open |-> ~Settled(entry), kept |-> entry.verdict = "committed", value |-> entry.value]

Observed ==
  [log |-> [i \in DOMAIN log |-> Seen(log[i])],
   epoch |-> epoch,
   \* Entries with markers that the table has. It may have one more, whose markers are on their way.
   applied |-> Cardinality({i \in 1 .. db.checkpoint : log[i].verdict = "committed"}),
   value |-> db.value]

TraceInit ==
  /\ Init
  /\ trace \in DOMAIN Observations
  /\ at = 1
  /\ unseen = 0

Final == Observations[trace][Len(Observations[trace])]

Owns(w) == worker[w].epoch = epoch

(***************************************************************************)
(* The steps of the protocol, less those that no trace needs:              *)
(*  - A request of the owner arrives at once. It can have an effect only   *)
(*    before the next fence (or claim), until when its worker may as well  *)
(*    wait for it; a request that is refused, or lost, is not seen.        *)
(*  - The owner forgets when it is to open the task once more.             *)
(*  - One that Kafka has fenced goes on only where Postgres may not have.  *)
(*  - A transaction is begun that the log will show next.                  *)
(*  - A store is lost that has something to lose.                          *)
(***************************************************************************)
Step ==
  IF net # {}
  THEN \E request \in net : OnProduce(request) \/ OnEnd(request) \/ OnAbort(request) \/ OnApply(request)
  ELSE
    \/ \E w \in Workers :
         \/ Fence(w)
         \/ Claim(w)
         \/ Restore(w) /\ (Owns(w) \/ db' # db)
         \/ Owns(w) /\ (ReadOffsets(w) \/ Load(w) \/ Confirm(w) \/ End(w) \/ Close(w))
         \/ /\ Owns(w)
            /\ Len(log) < Len(Final.log)
            /\ Produce(w)
            /\ \A request \in net' : request.value = Final.log[Len(log) + 1].value
         \/ Apply(w) /\ Guard(worker[w].claim, Head(worker[w].queue).previous)
         \/ (Owns(w) => \A other \in Workers : ~Is(other, "closed")) /\ GiveUp(w)
    \/ WriteMarkers \/ Expire
    \/ db.checkpoint > 0 /\ ReplaceStore

\* What was not observed lies between two observations.
Between(before, after) ==
  /\ Observed' # before /\ Observed' # after
  /\ Observed'.epoch <= after.epoch
  /\ Len(Observed'.log) <= Len(after.log)

TraceNext ==
  /\ Step
  /\ trace' = trace
  /\ LET seen == Observations[trace]
     IN \/ Observed' = seen[at] /\ at' = at /\ unseen' = 0
        \/ at < Len(seen) /\ Observed' = seen[at + 1] /\ at' = at + 1 /\ unseen' = 0
        \/ /\ at < Len(seen) /\ unseen < Gap /\ Between(seen[at], seen[at + 1])
           /\ at' = at /\ unseen' = unseen + 1

TraceSpec == TraceInit /\ [][TraceNext]_<<vars, trace, at, unseen>>

\* Workers differ in nothing but their names.
Symmetry == Permutations(Workers)

ASSUME \A i \in DOMAIN Observations : TLCSet(i, 0)

\* One way through is enough: a trace that was explained to its end is followed no further.
Open ==
  /\ at > TLCGet(trace) => TLCSet(trace, at) /\ PrintT(<<"explained", trace, at>>)
  /\ TLCGet(trace) < Len(Observations[trace])
  /\ TLCGet("generated") < States
=============================================================================
