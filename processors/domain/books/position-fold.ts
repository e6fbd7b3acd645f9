import type { Side } from '../shared/side.ts'
import { applyFill, type Books, flat } from './books.ts'

/** The fields of an execution that the fold of a position needs. Decimals count 1e-18; times are ms. */
interface Execution {
  readonly execSeq: bigint
  readonly side: Side
  readonly lastQty: bigint
  readonly lastPrice: bigint | null
  readonly fee: bigint
  readonly executedAt: number
}

/** The books of one (portfolio, instrument), with the price of the last fill to mark at. */
export interface PositionState extends Books {
  /** Fills folded. */
  readonly fills: number
  /** Of the last fill; 0 before any. */
  readonly lastExecSeq: bigint
  readonly markPrice: bigint | null
  readonly markedAt: number | null
}

/** A position before its first fill. */
export const noPosition: PositionState = { ...flat, fills: 0, lastExecSeq: 0n, markPrice: null, markedAt: null }

/** Number of fills after which the state is kept each time, so that a late fill folds the tail only. */
export const checkpointInterval = 32

/** The state after an execution; one without quantity or price changes nothing. */
export function foldExecution(state: PositionState, execution: Execution): PositionState {
  const { lastPrice, lastQty } = execution
  if (lastQty === 0n || lastPrice === null) return state
  const { side, fee, executedAt, execSeq } = execution
  return {
    ...applyFill(state, { side, quantity: lastQty, price: lastPrice, fee }),
    fills: state.fills + 1,
    lastExecSeq: execSeq,
    markPrice: lastPrice,
    markedAt: executedAt,
  }
}

/** The state after executions in execSeq order, and the intermediate states that are to be kept. */
export function foldExecutions(
  from: PositionState,
  executions: readonly Execution[],
): { state: PositionState; checkpoints: PositionState[] } {
  const checkpoints: PositionState[] = []
  let state = from
  for (const execution of executions) {
    const next = foldExecution(state, execution)
    if (next !== state && isCheckpoint(next)) checkpoints.push(next)
    state = next
  }
  return { state, checkpoints }
}

/** Whether a state is to be kept. */
export function isCheckpoint(state: PositionState): boolean {
  return state.fills > 0 && state.fills % checkpointInterval === 0
}
