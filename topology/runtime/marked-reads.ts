import type { TaskStorage } from '../../store/contract.ts'

/**
 * A task's storage that remembers whether it was read. Rows read are only as good as the table: had Postgres been
 * restored from an older backup meanwhile (or failed over to a replica that lags), old rows would become new outputs. So the
 * checkpoint is checked once more between the reads and the commit that depends on them.
 */
export class MarkedReads {
  /** True if rows were read since this was last set to false. */
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
      load: (delta, checkpoint) => storage.load(delta, checkpoint),
      markRestoring: restoring => storage.markRestoring(restoring),
      wipe: store => storage.wipe(store),
      release: () => storage.release(),
    }
  }
}
