import * as assert from 'uvu/assert'
import { formatArguments, singleNodeSettings } from '../../../ops/cluster/kafka-native.ts'
import { suite } from '../../support/suite.ts'

suite('native Kafka', test => {
  // One random id in 64 begins with '-': `-t -qcd…` is answered "argument --cluster-id/-t: expected one argument".
  test('a cluster id that begins with a dash is no option of its own', () => {
    const args = formatArguments('-qcdefghijklmnopqrstuv', 'server.properties')
    assert.ok(args.includes('--cluster-id=-qcdefghijklmnopqrstuv'))
    assert.not.ok(args.some(arg => arg.startsWith('-q')))
  })

  test('one node asks for no second replica', () => {
    const replicas = Object.entries(singleNodeSettings).filter(([key]) => /replication\.factor|min\.isr/.test(key))
    assert.is(replicas.length, 5)
    assert.ok(replicas.every(([, value]) => value === 1))
  })
})
