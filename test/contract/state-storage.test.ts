import { memoryStorage } from '../../store/memory-storage.ts'
import { suite } from '../support/suite.ts'
import { stateStorageContract } from './state-storage.ts'

suite('state storage contract: memory', test => {
  stateStorageContract(test, async () => {
    const storage = memoryStorage({ clock: { now: () => 0 } })
    return { storage, again: () => storage, close: () => storage.close() }
  })
})
