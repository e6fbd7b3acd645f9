import { memoryStorage } from '../../store/memory-storage.ts'
import { suite } from '../support/suite.ts'
import { stateStorageContract } from './state-storage.ts'

suite('state storage contract: memory', test => {
  stateStorageContract(test, async () => {
    const storage = memoryStorage({ clock: { now: () => 0 } })
    const lose = async () => storage.replace()
    return { storage, again: () => storage, lose, close: () => storage.close() }
  })
})
