import type { TaskStorage } from '../../store/contract.ts'

/** A storage whose reads are taken at once and answered when the test releases them, in any order. */
export interface GatedStorage {
  readonly storage: TaskStorage
  /** Reads without an answer. */
  readonly waiting: number
  /** Answers the nth waiting read and lets what waits for it run. */
  answer(index: number): Promise<void>
  /** Reads so far. */
  readonly reads: number
}

/** Gates the reads of `inner`. */
export function gatedStorage(inner: TaskStorage): GatedStorage {
  const waiting: (() => void)[] = []
  let reads = 0
  const gated = async <T>(read: Promise<T>): Promise<T> => {
    reads++
    const taken = await read
    await new Promise<void>(resolve => waiting.push(resolve))
    return taken
  }
  const storage: TaskStorage = {
    ...inner,
    get: (store, keys) => gated(inner.get(store, keys)),
    scan: (store, range) => gated(inner.scan(store, range)),
    scanPrefixes: (store, prefixes) => gated(inner.scanPrefixes(store, prefixes)),
  }
  return {
    storage,
    get waiting() {
      return waiting.length
    },
    get reads() {
      return reads
    },
    async answer(index) {
      waiting.splice(index % waiting.length, 1)[0]?.()
      await settled()
    },
  }
}

/** All promise reactions that are due have run. */
export function settled(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve))
}
