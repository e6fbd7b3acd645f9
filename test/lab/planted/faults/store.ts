import type { PlantedFault } from '../fault.ts'

/** Faults of the state stores: rows get lost or come back. The fault simulation sees each of them. */
export const storeFaults: readonly PlantedFault[] = [
  {
    name: 'checkEpoch',
    breaks: "C5: an apply with another epoch is refused, because Kafka's fence does not stop a zombie's late SQL.",
    file: 'store/checkpoint-verdict.ts',
    anchor: 'if (found?.epoch === epoch) continue',
    replacement: 'if (epoch >= 0) continue',
  },
  {
    name: 'checkPrevious',
    breaks: 'C5: an apply with another previous offset is refused, because the table was replaced under its task.',
    file: 'store/checkpoint-verdict.ts',
    anchor: 'if (offset === previous) continue',
    replacement: 'if (epoch >= 0) continue',
  },
  {
    name: 'pinInFlight',
    breaks: 'Rows of commits that the storage does not have yet are not evicted.',
    file: 'store/slot.ts',
    anchor: 'return slot.write !== undefined || slot.inFlight > 0',
    replacement: 'return slot.write !== undefined',
  },
  {
    name: 'keepDrained',
    breaks: 'Drained writes stay readable until they are applied.',
    file: 'store/write-back-table.ts',
    anchor: '      this.#slots.drained(slot)\n',
    replacement: `      this.#slots.drained(slot)
      this.#slots.remove(slot)
`,
  },
  {
    name: 'newestWins',
    breaks: 'A storage answer never replaces what was written since it was asked.',
    file: 'store/row-cache.ts',
    anchor: 'if (known) return known\n    const slot = emptySlot<K, V>(id, key)',
    replacement: 'const slot = emptySlot<K, V>(id, key)',
  },
  {
    name: 'rememberDeleted',
    breaks: 'A deleted key is not an absent key: the storage may still have its row.',
    file: 'store/row-cache.ts',
    anchor: 'return this.slots.get(this.idOf(key)) !== undefined',
    replacement: 'return this.slots.get(this.idOf(key))?.entry !== undefined',
  },
]
