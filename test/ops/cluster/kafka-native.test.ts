import * as assert from 'uvu/assert'
import { formatArguments, refusalOf, singleNodeSettings } from '../../../ops/cluster/kafka-native.ts'
import { suite } from '../../support/suite.ts'

suite('native Kafka', test => {
  // One random id in 64 begins with '-': `-t -qcd…` is answered "argument --cluster-id/-t: expected one argument".
  test('a cluster id that begins with a dash is no option of its own', () => {
    const args = formatArguments('-qcdefghijklmnopqrstuv', 'server.properties')
    assert.ok(args.includes('--cluster-id=-qcdefghijklmnopqrstuv'))
    assert.not.ok(args.some(arg => arg.startsWith('-q')))
  })

  // The last line alone was "at kafka.tools.StorageTool.main(StorageTool.scala)", which names nothing.
  test('a refusal is told by the exception, not by the end of its stack', () => {
    const exception =
      'Exception in thread "main" java.lang.IllegalArgumentException: requirement failed: Each listener must have a different port'
    const stack = '\tat scala.Predef$.require(Predef.scala:337)\n\tat kafka.tools.StorageTool.main(StorageTool.scala)'
    assert.is(refusalOf(`Command failed: java\nSLF4J: no binding\n${exception}\n${stack}\n`), exception)
    assert.is(refusalOf('Command failed: java\nThe cluster id is not valid.\n'), 'The cluster id is not valid.')
  })

  test('one node asks for no second replica', () => {
    const replicas = Object.entries(singleNodeSettings).filter(([key]) => /replication\.factor|min\.isr/.test(key))
    assert.is(replicas.length, 5)
    assert.ok(replicas.every(([, value]) => value === 1))
  })
})
