import * as assert from 'uvu/assert'
import { startThreads } from '../../../topology/app/worker-threads.ts'
import { TopologyError } from '../../../topology/definition/errors.ts'
import { suite } from '../../support/suite.ts'

suite('worker threads', test => {
  test('a token that comes from a function is refused, with what to do', async () => {
    const settings = {
      processors: [],
      kafka: { brokers: '127.0.0.1:1', sasl: { mechanism: 'oauthbearer', token: async () => 'token' } },
      postgres: 'postgres://127.0.0.1:1/none',
      schema: undefined,
      logLevel: 'silent',
      metrics: false,
    } as const
    try {
      await startThreads(settings, 2)
      assert.unreachable()
    } catch (error) {
      assert.instance(error, TopologyError)
      assert.match((error as Error).message, 'use --threads=1, and more processes')
    }
  })
})
