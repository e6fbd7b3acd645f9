import { everyPortfolio } from '../../processors/domain/risk/control-event.ts'
import { portfolioOfKey } from '../../processors/domain/shared/keys.ts'
import { portfolioControlRules } from '../../store/trading/portfolio-risk.ts'
import type { Clock } from '../../topology/index.ts'
import { freshRead, type StoreReads, TablesMissing, usualWaitMs } from '../index.ts'
import type { KnownControl } from './controls.ts'
import type { TradingReads } from './reads/trading-reads.ts'

type ControlReads = Pick<TradingReads, 'controls'> & Pick<StoreReads, 'checkpoints'>

/**
 * Reads the rules of a scope as portfolio-risk holds them. It finds nothing before any worker has run: then none were set. While
 * the store is being opened or rebuilt it waits as reads do. Errors: Problem not-ready when that takes longer.
 */
export function knownControl(reads: ControlReads, clock: Pick<Clock, 'monotonic' | 'sleep'>) {
  const fresh = freshRead(clock)
  const never = new AbortController().signal
  return async (scope: string): Promise<KnownControl> => {
    const found = await fresh(
      () => held(reads, scope),
      () => undefined,
      usualWaitMs,
      never,
    )
    return { control: scope === everyPortfolio ? found?.every : found?.own, haltedBy: found?.risk?.haltedBy ?? null }
  }
}

async function held(reads: ControlReads, scope: string): ReturnType<TradingReads['controls']> {
  try {
    const reading = await reads.controls(scope === everyPortfolio ? null : portfolioOfKey(scope))
    if (reading.kind !== 'not ready') return reading
    return (await reads.checkpoints([portfolioControlRules])).length > 0 ? reading : { kind: 'absent' }
  } catch (error) {
    if (error instanceof TablesMissing) return { kind: 'absent' }
    throw error
  }
}
