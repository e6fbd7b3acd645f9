import type { StateStorage, TaskStorage } from '../../../store/contract.ts'
import { noAnswer, type StoreRequest, storeUnavailable } from '../../../store/memory-faults.ts'
import { taskName } from '../../definition/definition.ts'
import type { Awaitable } from '../../definition/record.ts'
import type { StoreFate } from './process.ts'
import type { StoreWitness } from './store-witness.ts'

/** A promise that never resolves: a dead process waits for it. */
export const never = new Promise<never>(() => {})

/** The functions that decide about a process's operations on the store, and that watch them. */
interface MortalOptions {
  readonly witness: StoreWitness
  gate(request: StoreRequest): Promise<StoreFate>
  alive(): boolean
}

type Through = <T>(request: StoreRequest, work: () => Awaitable<T>) => Promise<T>

/** A storage as one process sees it: under faults while it lives, and silent once it is dead. */
export function mortalStorage(storage: StateStorage, { witness, gate, alive }: MortalOptions): StateStorage {
  const through: Through = async (request, work) => {
    if (!alive()) return never
    const fate = await gate(request)
    if (!alive()) return never
    if (fate === 'fail') throw storeUnavailable(request)
    if (fate === 'drop-request') throw noAnswer(request)
    const [result] = await Promise.allSettled([(async () => work())()])
    if (!alive()) return never
    if (fate === 'drop-reply') throw noAnswer(request)
    if (result.status === 'rejected') throw result.reason
    return result.value
  }
  return {
    migrate: (application, stores) => storage.migrate(application, stores),
    claim: async claim => {
      const task = taskName(claim.task)
      const claimed = await through({ operation: 'Claim', task }, () =>
        claim.stores.length === 0 ? storage.claim(claim) : witness.claim(task, storage.claim(claim)),
      )
      return mortalTask(claimed, task, through, witness)
    },
    close: async () => {},
  }
}

function mortalTask(storage: TaskStorage, task: string, through: Through, witness: StoreWitness): TaskStorage {
  const scan = { operation: 'Scan', task } as const
  const writing = (work: () => Promise<void>) => () => witness.write(task, storage.epoch, work)
  return {
    epoch: storage.epoch,
    checkpoints: storage.checkpoints,
    get: (store, keys) => through({ operation: 'Get', task }, () => storage.get(store, keys)),
    scan: (store, range) => through(scan, () => storage.scan(store, range)),
    scanPrefixes: (store, prefixes) => through(scan, () => storage.scanPrefixes(store, prefixes)),
    expired: (store, until, limit) => through(scan, () => storage.expired(store, until, limit)),
    apply: delta =>
      through(
        { operation: 'Apply', task },
        writing(() => storage.apply(delta)),
      ),
    load: (delta, checkpoint) =>
      through({ operation: 'Apply', task }, async () => {
        let loaded = false
        await writing(async () => {
          loaded = await storage.load(delta, checkpoint)
        })()
        return loaded
      }),
    markRestoring: restoring => through({ operation: 'Claim', task }, () => storage.markRestoring(restoring)),
    wipe: store =>
      through(
        { operation: 'Wipe', task },
        writing(() => storage.wipe(store)),
      ),
    release: () => storage.release(),
  }
}
