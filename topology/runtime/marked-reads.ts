import type { TaskStorage } from '../../store/contract.ts'

/**
 * A task's storage that remembers whether it was read. What was read is only as good as the table: had Postgres been put
 * back to an older backup meanwhile (or failed over to a replica that lags), old rows would become new outputs. So the
 * checkpoint is looked at once more between the reads and the commit that rests on them.
 */
export class MarkedReads {
  /** Something was read since this was last set to false. */
  unconfirmed = false
  readonly storage: TaskStorage

  constructor(storage: TaskStorage) {
    const reading = <T>(answer: T): T => {
      this.unconfirmed = true
      return answer
    }
    this.storage = {
      epoch: storage.epoch,
      checkpoints: storage.checkpoints,
      get: (store, keys) => reading(storage.get(store, keys)),
      scan: (store, range) => reading(storage.scan(store, range)),
      scanPrefixes: (store, prefixes) => reading(storage.scanPrefixes(store, prefixes)),
      expired: (store, until, limit) => reading(storage.expired(store, until, limit)),
      apply: delta => storage.apply(delta),
      markRestoring: restoring => storage.markRestoring(restoring),
      wipe: store => storage.wipe(store),
      release: () => storage.release(),
    }
  }
}
