import * as assert from 'uvu/assert'
import { memoryStorage } from '../../../store/memory-storage.ts'
import { systemClock } from '../../../topology/runtime/system-clock.ts'
import { MemoryBroker } from '../../../topology/testing/memory-broker.ts'
import { suite } from '../../support/suite.ts'
import { tellOfPatterns } from './pattern-story.ts'

suite('topics of patterns', test => {
  test('are found at the start and later, by every worker; others are left out, those that go are left', async () => {
    const kafka = new MemoryBroker()
    await tellOfPatterns('', { kafka, postgres: memoryStorage({ clock: systemClock }) })
    await kafka.close()
    assert.ok(true)
  })
})
