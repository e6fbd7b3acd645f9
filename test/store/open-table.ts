import { memoryRegistry } from '../../schemas/registry/memory.ts'
import type { TaskStorage } from '../../store/contract.ts'
import { memoryStorage } from '../../store/memory-storage.ts'
import { type WriteBackOptions, WriteBackTable } from '../../store/write-back-table.ts'
import type { StoreDefinition } from '../../topology/definition/store.ts'

/** Storage of one task over memory, with the store's table made. */
export async function claimMemory(definition: StoreDefinition<never, never, unknown>): Promise<TaskStorage> {
  const storage = memoryStorage({ clock: { now: () => 0 } })
  await storage.migrate('app', [definition])
  return storage.claim({ application: 'app', task: { subtopology: 'sub', partition: 0 }, stores: [definition] })
}

/** A buffer over a storage, with a clock that is at 0 unless given. */
export async function openTable<K, V>(
  definition: StoreDefinition<K, V, unknown>,
  storage: TaskStorage,
  options: Partial<WriteBackOptions<K, V>> = {},
): Promise<WriteBackTable<K, V>> {
  const registry = memoryRegistry()
  const { keySerde, valueSerde } = definition
  if (keySerde.schema !== undefined) await registry.register('changelog-key', keySerde.schema)
  if (valueSerde.schema !== undefined) await registry.register('changelog-value', valueSerde.schema)
  return new WriteBackTable<K, V>({
    definition,
    storage,
    changelog: { topic: 'changelog', partition: 0 },
    codec: {
      key: await keySerde.bind({ topic: 'changelog', part: 'key', registry }),
      value: await valueSerde.bind({ topic: 'changelog', part: 'value', registry }),
    },
    timestamp: () => 0,
    streamTime: () => 0,
    ...options,
  })
}
