import { TopologyError } from '../../../../topology/definition/errors.ts'
import type { PlantedFault } from '../fault.ts'
import { engineFaults } from './engine.ts'
import { kafkajsFaults } from './kafkajs.ts'
import { storeFaults } from './store.ts'

/** Every fault there is, by the floor that it breaks. */
export const faults = { engine: engineFaults, store: storeFaults, adapter: kafkajsFaults } as const

/** Faults sorted by what has to see them. */
export interface ChosenFaults {
  /** Those that the fault simulation has to see. */
  readonly bySeeds: readonly PlantedFault[]
  /** Those that the tests of the kafkajs adapter have to see. */
  readonly byTests: readonly PlantedFault[]
}

/**
 * The faults that a name stands for: `engine`, `store` or `adapter` for a floor's, a fault's own name for that one. Without
 * a name all that the simulation has to see. Errors: TopologyError CONFIG_INVALID for a name that is not known.
 */
export function chooseFaults(name?: string): ChosenFaults {
  const bySeeds = [...faults.engine, ...faults.store]
  if (name === undefined) return { bySeeds, byTests: [] }
  if (name === 'adapter') return { bySeeds: [], byTests: faults.adapter }
  if (name === 'engine' || name === 'store') return { bySeeds: faults[name], byTests: [] }
  const named = (fault: PlantedFault) => fault.name === name
  const chosen = { bySeeds: bySeeds.filter(named), byTests: faults.adapter.filter(named) }
  if (chosen.bySeeds.length + chosen.byTests.length > 0) return chosen
  const known = [...Object.keys(faults), ...[...bySeeds, ...faults.adapter].map(fault => fault.name)]
  throw new TopologyError('CONFIG_INVALID', `there is no planted fault '${name}': choose among ${known.join(', ')}`)
}
