/**
 * What the engine does because a fault would otherwise lose, repeat or invent records. Each is read at exactly one place, so
 * that `npm run sim -- --planted` can take them away one at a time and show that the checkers of the fault simulation see
 * it. C1 to C5 are the invariants of `commit.ts`, `task.ts` and `task-opening.ts`. Nothing else may write here.
 */
export const safeguards = {
  // Opening a task
  /** C4: offsets are read after the fence: a predecessor's late commit cannot follow them (`safeguards.ts`, `task-opening.ts`). */
  fenceBeforeOffsets: true,
  /** C4: the changelog's end stands still while it is restored, for its writer is fenced (`safeguards.ts`, `task-opening.ts`). */
  fenceBeforeRestore: true,
  /** C4: one transactional id a task, whoever runs it: a new owner fences the one before (`task-opening.ts`). */
  stableTransactionalId: true,
  /** Committed changes that never reached the table are applied before the first record (`restore.ts`). */
  restoreFirst: true,
  /** A restore reads what was committed, not what was written (`restore.ts`). */
  restoreCommitted: true,
  /** A restore is complete at the end's position: the tail may hold no record (`restore.ts`). */
  restoreByPosition: true,
  /** Of several changelog records of a key the last one counts (`restore.ts`). */
  restoreNewest: true,
  /** A table older than its changelog keeps tombstones is wiped: it may have missed a delete (`restore.ts`). */
  wipeStale: true,
  /** A task goes on at the committed offsets, not at the log's end (`task-inputs.ts`). */
  startAtCommitted: true,
  /** Stream time survives restarts, in the offsets' metadata (`task-inputs.ts`). */
  restoreStreamTime: true,

  // Processing
  /** Inputs are read committed: what an upstream task aborted was never written (`worker.ts`). */
  readCommitted: true,
  /** Positions move past markers and aborted records, or lag never reaches zero (`input-queue.ts`). */
  passMarkers: true,
  /** A record that failed leaves no state behind (`task-graph.ts`). */
  undoWrites: true,
  /** A record that failed leaves no outputs behind (`task-graph.ts`). */
  undoOutputs: true,
  /** While a part is away records wait: an outage is nobody's poison (`record-runner.ts`). */
  waitOutOutages: true,
  /** Dead letters are written in the transaction that moves past their records (`record-runner.ts`). */
  deadLetterInTransaction: true,

  // The commit
  /** C1: outputs, changelog and offsets commit in one Kafka transaction (`commit.ts`). */
  oneTransaction: true,
  /** C2: rows are written only when Kafka has acknowledged the commit (`commit.ts`). */
  applyAfterCommit: true,
  /** C2: rows and checkpoint move in one transaction (`commit.ts`). */
  rowsWithCheckpoint: true,
  /** C2: the checkpoint moves with every commit's rows (`commit.ts`). */
  moveCheckpoint: true,
  /** A commit that rests on rows read looks whether their table is still the one it was (`task-commits.ts`). */
  confirmReads: true,
  /** Offsets say what was processed, not what was fetched (`task-commits.ts`). */
  commitProcessed: true,
  /** What a punctuator alone wrote is committed too (`task-processing.ts`). */
  commitPunctuations: true,
}

/** Where a task that opens fences its producer: `first` (C4). */
export type FencePoint = 'first' | 'restored' | 'last'

/** `first`, unless a bug is planted. */
export function fencePoint(): FencePoint {
  if (!safeguards.fenceBeforeOffsets) return 'last'
  return safeguards.fenceBeforeRestore ? 'first' : 'restored'
}
