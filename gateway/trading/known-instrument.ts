import { instruments } from '../../store/trading/instrument-risk.ts'
import type { Clock } from '../../topology/index.ts'
import { freshRead, type StoreReads, TablesMissing, usualWaitMs } from '../index.ts'
import type { TradingReads } from './reads/trading-reads.ts'

type InstrumentReads = Pick<TradingReads, 'instrument'> & Pick<StoreReads, 'checkpoints'>

/**
 * Reads an instrument as instrument-risk holds it. It finds nothing before any worker has run: then nothing was registered
 * by another way. While the store is being opened or rebuilt it waits as reads do. Errors: Problem not-ready when that takes longer.
 */
export function knownInstrument(reads: InstrumentReads, clock: Pick<Clock, 'monotonic' | 'sleep'>) {
  const fresh = freshRead(clock)
  const never = new AbortController().signal
  return (instrumentKey: string) =>
    fresh(
      () => held(reads, instrumentKey),
      () => undefined,
      usualWaitMs,
      never,
    )
}

async function held(reads: InstrumentReads, instrumentKey: string): ReturnType<TradingReads['instrument']> {
  try {
    const reading = await reads.instrument(instrumentKey)
    if (reading.kind !== 'not ready') return reading
    return (await reads.checkpoints([instruments])).length > 0 ? reading : { kind: 'absent' }
  } catch (error) {
    if (error instanceof TablesMissing) return { kind: 'absent' }
    throw error
  }
}
