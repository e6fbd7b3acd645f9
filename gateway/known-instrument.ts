import { instruments } from '../store/trading/instrument-risk.ts'
import { notReady } from './problem.ts'
import { TablesMissing } from './reads/read-errors.ts'
import type { Reads } from './reads/reads.ts'

/**
 * What instrument-risk holds of an instrument. Nothing where no worker has run yet: then nothing was registered by another
 * way. Errors: Problem not-ready while the store is rebuilt.
 */
export function knownInstrument(reads: Pick<Reads, 'instrument' | 'checkpoints'>) {
  return async (instrumentKey: string) => {
    try {
      const reading = await reads.instrument(instrumentKey)
      if (reading.kind === 'found') return reading.value
      if (reading.kind === 'not ready' && (await reads.checkpoints([instruments])).length > 0)
        throw notReady(reading.stores)
    } catch (error) {
      if (!(error instanceof TablesMissing)) throw error
    }
    return undefined
  }
}
