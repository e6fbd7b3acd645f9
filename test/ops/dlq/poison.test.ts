import * as assert from 'uvu/assert'
import { openLetters, readLetters } from '../../../ops/dlq/read-letters.ts'
import { settleLetters } from '../../../ops/dlq/settle-letters.ts'
import { memoryRegistry } from '../../../schemas/registry/memory.ts'
import { engineMetrics, metricsText } from '../../../topology/app/metrics.ts'
import { run } from '../../../topology/app/run.ts'
import { partitionsOf, readRaw } from '../../../topology/app/topics/read-raw.ts'
import { MemoryBroker } from '../../../topology/broker/memory/memory-broker.ts'
import { buildGraph } from '../../../topology/definition/graph.ts'
import { systemClock } from '../../../topology/runtime/system-clock.ts'
import before, { afterFix, decisionsName, poison, signalsName } from '../../support/fixtures/poison.ts'
import { suite } from '../../support/suite.ts'
import { waitFor } from '../../support/wait-for.ts'

suite('poison of eight kinds', test => {
  test('fills the dead-letter topic and the metric exactly, and drains to nothing after a fix, each record decided once', async () => {
    const broker = new MemoryBroker({ clock: systemClock })
    const registry = memoryRegistry()
    const metrics = engineMetrics({ graph: buildGraph(before) })
    const first = await run(before, { kafka: broker, registry, metrics })
    const outside = broker.connect()
    const writer = await outside.writer()
    await writer.send(await poison(registry))
    const processed = () => first.status().reduce((sum, task) => sum + task.processed, 0)
    await waitFor(() => processed() === 200, { what: 'the records are not processed', timeoutMs: 20_000 })
    await first.stop()

    const letters = await readLetters(outside)
    assert.is(letters.length, 100)
    const byCode = new Map<string, number>()
    for (const { code } of letters) byCode.set(code, (byCode.get(code) ?? 0) + 1)
    // bad magic 13, unknown id 13, truncated 13, wrong schema 13, null 12; throwing 12 and key mismatch 12; oversize 12
    assert.equal(Object.fromEntries(byCode), { DECODE_FAILED: 64, PROCESS_FAILED: 24, RECORD_TOO_LARGE: 12 })
    const counted = (await metricsText([await metrics.values()], { tasks: [], waiting: [], expected: [] }))
      .split('\n')
      .filter(line => line.startsWith('millrace_dead_letters_total{'))
      .reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0)
    assert.is(counted, 100)

    const second = await run(afterFix, { kafka: broker, registry })
    const open = await openLetters(outside)
    assert.is(open.length, 100)
    const { done } = await settleLetters(outside, systemClock, open, { state: 'retried' })
    assert.is(done.length, 100)
    assert.equal(await openLetters(outside), [], 'zero is reached')
    await waitFor(async () => (await readLetters(outside)).every(({ state }) => state === 'resolved'), {
      what: 'not every letter is resolved',
      timeoutMs: 20_000,
    })
    await second.stop()
    assert.is((await readLetters(outside)).length, 100, 'nothing failed again')

    const keys: string[] = []
    for await (const { key } of readRaw(outside, await partitionsOf(outside, [decisionsName])))
      keys.push(Buffer.from(key as Uint8Array).toString())
    assert.is(keys.length, 200)
    assert.is(new Set(keys).size, 200, 'one decision for every record')
    let sent = 0
    for await (const _ of readRaw(outside, await partitionsOf(outside, [signalsName]))) sent++
    assert.is(sent, 300)
  })
})
