import { TopologyError } from '../../../topology/definition/errors.ts'
import type { SimSource } from '../sim/source.ts'
import { findBySeeds } from './by-seeds.ts'
import { adapterTests, assertSound, findByTests } from './by-tests.ts'
import type { PlantedFault } from './fault.ts'
import { chooseFaults } from './faults/all.ts'
import type { Finding } from './finding.ts'
import { SourceCopy } from './source-copy.ts'

/** The options for a run of planted faults. */
export interface PlantedOptions {
  /** A floor, or one fault; undefined: all that the simulation has to see. */
  readonly name: string | undefined
  /** The number of seeds that a fault may take. */
  readonly seeds: number
  /** The number of copies that are broken and checked at a time. */
  readonly threads: number
  readonly source: SimSource
}

/** Plants faults in copies of the sources, one a copy and time, and prints how each is seen. 1 when one is not. */
export async function runPlanted({ name, seeds, threads, source }: PlantedOptions): Promise<0 | 1> {
  if (source.topology !== undefined)
    throw new TopologyError(
      'CONFIG_INVALID',
      'faults are planted in a copy of the sources, which a topology of your own does not run on: leave out --topology',
    )
  const { bySeeds, byTests } = chooseFaults(name)
  let missed = 0
  const tell = ({ fault, found, how }: Finding) => {
    if (!found) missed++
    console.log(`${fault.padEnd(24)} ${how.slice(0, 160)}`)
  }
  await onCopies(bySeeds, threads, async (fault, copy) => tell(await findBySeeds(fault, seeds, source, copy)))
  let tests: Promise<readonly string[]> | undefined
  await onCopies(byTests, threads, async (fault, copy) => {
    tests ??= soundTests(copy)
    tell(await findByTests(fault, await tests, copy))
  })
  const count = bySeeds.length + byTests.length
  console.log(`${count - missed} of ${count} planted faults found${bySeeds.length > 0 ? ` within ${seeds} seeds` : ''}`)
  return missed > 0 ? 1 : 0
}

async function soundTests(copy: SourceCopy): Promise<readonly string[]> {
  const tests = await adapterTests(copy)
  await assertSound(tests, copy)
  return tests
}

/** Works on the faults in their order, each on a copy that no other one uses meanwhile. */
async function onCopies(
  faults: readonly PlantedFault[],
  count: number,
  work: (fault: PlantedFault, copy: SourceCopy) => Promise<void>,
): Promise<void> {
  const queue = [...faults]
  const worker = async () => {
    const copy = await SourceCopy.open()
    try {
      for (let fault = queue.shift(); fault !== undefined; fault = queue.shift()) await work(fault, copy)
    } catch (error) {
      // The others end after their current fault.
      queue.length = 0
      throw error
    } finally {
      await copy.close()
    }
  }
  await Promise.all(Array.from({ length: Math.min(count, faults.length) }, worker))
}
