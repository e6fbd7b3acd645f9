import type { DecisionRow } from '../../schemas/trading/generated/decision-row.ts'
import { TablesMissing } from '../index.ts'
import type { TradingReads } from './reads/trading-reads.ts'

/**
 * Looks up the decision on an idempotency key. It finds nothing while the store is being opened or rebuilt, or was never made: a
 * signal is taken then too, and if its key was used before it becomes a dead letter, which its status shows.
 */
export function knownDecision(reads: Pick<TradingReads, 'decision'>) {
  return async (portfolioId: string, idempotencyKey: string): Promise<DecisionRow | undefined> => {
    try {
      const reading = await reads.decision({ portfolioId, idempotencyKey })
      return reading.kind === 'found' ? reading.value : undefined
    } catch (error) {
      if (error instanceof TablesMissing) return undefined
      throw error
    }
  }
}
