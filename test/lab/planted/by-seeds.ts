import { pathToFileURL } from 'node:url'
import { firstFailureIn } from '../../../ops/sim/threads.ts'
import type { SimSource } from '../sim/source.ts'
import { editsOf, type PlantedFault } from './fault.ts'
import type { Finding } from './finding.ts'
import type { SourceCopy } from './source-copy.ts'

/**
 * Runs seeds of the fault simulation on a copy with the fault, until one fails. The copy is whole again afterwards.
 * Errors: FatalError INTERNAL when the fault cannot be planted, or the broken copy cannot run at all.
 */
export async function findBySeeds(
  fault: PlantedFault,
  seeds: number,
  source: SimSource,
  copy: SourceCopy,
): Promise<Finding & { readonly seed: number | undefined }> {
  await copy.plant(editsOf(fault))
  try {
    const entry = pathToFileURL(copy.path('test', 'lab', 'sim', 'sim-thread.mjs'))
    const { seed, options, problem } = await firstFailureIn({ entry, source }, { kind: 'first-failure', seeds })
    const how = seed === undefined ? `not found within ${seeds} seeds` : `seed ${seed} ${options}: ${problem}`
    return { fault: fault.name, found: seed !== undefined, how, seed }
  } finally {
    await copy.restore()
  }
}
