import * as assert from 'uvu/assert'
import { run } from '../../../topology/app/run.ts'
import { MemoryBroker } from '../../../topology/broker/memory/memory-broker.ts'
import { string } from '../../../topology/definition/serdes/primitives.ts'
import { topic } from '../../../topology/definition/topic.ts'
import { topology } from '../../../topology/dsl/topology.ts'
import type { LogFields } from '../../../topology/runtime/log.ts'
import { systemClock } from '../../../topology/runtime/system-clock.ts'
import { suite } from '../../support/suite.ts'
import { waitFor } from '../../support/wait-for.ts'

const lines = topic('lines', { key: string, value: string })
const failing = topology('failing', t => {
  t.stream(lines)
    .mapValues(function ofTheUser(line: string): string {
      throw new Error(`cannot read ${line.length}`, { cause: new TypeError('deeper') })
    })
    .to(topic('copies', { key: string, value: string }))
})

suite('the stack of an error of the user code', test => {
  test('is in the log of each attempt and of the dead letter, and in its header', async () => {
    const told: { level: string; fields: LogFields; message: string }[] = []
    const at = (level: string) => (fields: LogFields, message: string) => {
      told.push({ level, fields, message })
    }
    const broker = new MemoryBroker({ clock: systemClock })
    const log = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
    const app = await run(failing, { kafka: broker, log })
    const outside = broker.connect()
    const writer = await outside.writer()
    const value = Buffer.from('to be')
    await writer.send([{ topic: 'lines', partition: 0, timestamp: 1, key: value, value, headers: [] }])
    const found = (level: string) => told.find(line => line.level === level && /cannot read 5/.test(line.message))
    await waitFor(() => found('warn') !== undefined, { what: 'no dead letter is told', timeoutMs: 25_000 })
    for (const level of ['debug', 'warn']) {
      const stack = String(found(level)?.fields.stack)
      assert.match(stack, /^Error: cannot read 5\n {4}at .*ofTheUser.*stacks\.test\.ts:\d+/)
      assert.match(stack, /\ncaused by TypeError: deeper\n/)
    }
    const reader = outside.reader({ isolation: 'read_committed' })
    reader.seek({ topic: 'lines.dlq', partition: 0 }, 0)
    let header: string | undefined
    await waitFor(
      async () => {
        const [fetched] = await reader.poll()
        const own = fetched?.records[0]?.headers.find(({ key }) => key === 'millrace.dlq.error.stack')
        header = own?.value?.toString()
        return header !== undefined
      },
      { what: 'no dead letter is written', timeoutMs: 25_000 },
    )
    assert.match(header!, /ofTheUser.*stacks\.test\.ts/)
    assert.ok(header!.length <= 8_000)
    await Promise.all([reader.close(), writer.close()])
    await app.stop()
    await outside.close()
  })
})
