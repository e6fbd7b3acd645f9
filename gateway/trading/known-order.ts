import type { Clock } from '../../topology/index.ts'
import { freshRead, TablesMissing, usualWaitMs } from '../index.ts'
import type { OrderCommandParts } from './post-order-command.ts'
import type { TradingReads } from './reads/trading-reads.ts'

/**
 * Looks up orders and the commands to them. An order is waited for while its store is being opened or rebuilt (Errors: Problem not-ready
 * when that takes longer); a command is not: one that comes again changes nothing in execution-sim either.
 */
export function knownOrder(
  reads: Pick<TradingReads, 'order' | 'orderCommand'>,
  clock: Pick<Clock, 'monotonic' | 'sleep'>,
): Pick<OrderCommandParts, 'order' | 'taken'> {
  const fresh = freshRead(clock)
  const never = new AbortController().signal
  return {
    order: key =>
      fresh(
        () => reads.order(key),
        () => undefined,
        usualWaitMs,
        never,
      ),
    async taken(key) {
      try {
        const reading = await reads.orderCommand(key)
        return reading.kind === 'found' ? reading.value : undefined
      } catch (error) {
        if (error instanceof TablesMissing) return undefined
        throw error
      }
    },
  }
}
