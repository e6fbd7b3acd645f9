import * as assert from 'uvu/assert'
import type { LogFields } from '../../../topology/runtime/log.ts'
import { Outages } from '../../../topology/runtime/outages.ts'
import { suite } from '../../support/suite.ts'

function listening() {
  const lines: string[] = []
  const say = (level: string) => (fields: LogFields, message: string) =>
    void lines.push(`${level} ${message} ${JSON.stringify(fields)}`)
  const outages = new Outages({ debug: say('debug'), info: say('info'), warn: say('warn'), error: say('error') })
  return { lines, outages }
}

suite('log of outages', test => {
  test('says when one begins, when its cause changes and when it is over; attempts in between are debug lines', () => {
    const { lines, outages } = listening()
    outages.note('add_0', 'BROKER_UNAVAILABLE', 'no broker', { task: 'add_0' })
    outages.note('add_0', 'BROKER_UNAVAILABLE', 'no leader', { task: 'add_0' })
    assert.is(outages.of('add_0'), 'no leader')
    outages.note('add_0', 'STORE_UNAVAILABLE', 'no Postgres', { task: 'add_0' })
    outages.over('add_0', { task: 'add_0' })
    outages.over('add_0', { task: 'add_0' })
    assert.is(outages.of('add_0'), undefined)
    assert.equal(lines, [
      'warn add_0 waits: no broker {"task":"add_0","code":"BROKER_UNAVAILABLE"}',
      'debug add_0 waits: no leader {"task":"add_0","code":"BROKER_UNAVAILABLE"}',
      'warn add_0 waits: no Postgres {"task":"add_0","code":"STORE_UNAVAILABLE"}',
      'info add_0 goes on {"task":"add_0"}',
    ])
  })

  test('says nothing more of one that is forgotten, and begins anew after it', () => {
    const { lines, outages } = listening()
    outages.note('add_0', 'BROKER_UNAVAILABLE', 'no broker')
    outages.forget('add_0')
    outages.over('add_0')
    assert.is(outages.any, false)
    outages.note('add_0', 'BROKER_UNAVAILABLE', 'no broker')
    assert.equal(
      lines.map(line => line.split(' ')[0]),
      ['warn', 'warn'],
    )
  })
})
