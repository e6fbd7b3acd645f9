import * as assert from 'uvu/assert'
import { dlqCommand } from '../../../ops/dlq.ts'
import { connectParts } from '../../../topology/app/connections.ts'
import { deploy } from '../../../topology/app/deploy.ts'
import { run } from '../../../topology/app/run.ts'
import { partitionsOf, readRaw } from '../../../topology/app/topics/read-raw.ts'
import { buildGraph } from '../../../topology/definition/graph.ts'
import { millrace } from '../../support/command.ts'
import { realParts } from '../../support/real-parts.ts'
import { suite } from '../../support/suite.ts'
import { waitFor } from '../../support/wait-for.ts'

const { kafka, registry, prefix } = await realParts({ kafka: true, registry: true })

process.env.TEST_PREFIX = prefix
const { afterFix, decisionsName, poison, signalsName, ...before } = await import('../../support/fixtures/poison.ts')

const env = { KAFKA_BROKERS: kafka.url, SCHEMA_REGISTRY_URL: registry.url, TEST_PREFIX: prefix }
Object.assign(process.env, env)

/** Runs the command in this process; gives what it printed. */
async function dlq(...args: readonly string[]) {
  const { log, error } = console
  const printed = { stdout: '', stderr: '' }
  console.log = line => {
    printed.stdout += `${line}\n`
  }
  console.error = line => {
    printed.stderr += `${line}\n`
  }
  try {
    await dlqCommand().parseAsync([...args], { from: 'user' })
  } finally {
    Object.assign(console, { log, error })
  }
  return { ...printed, json: () => JSON.parse(printed.stdout) }
}

suite('millrace dlq, on a real Kafka and registry', test => {
  test('a hundred poisoned records are listed, shown, retried after a fix, and drained to nothing', async () => {
    const servers = { kafka: kafka.url, registry: registry.url, postgres: 'memory' } as const
    const outside = await connectParts(servers)
    await deploy(buildGraph(before.default), outside)
    const writer = await outside.broker.writer()
    const first = await run(before.default, servers)
    await writer.send(await poison(outside.registry))
    const processed = () => first.status().reduce((sum, task) => sum + task.processed, 0)
    await waitFor(() => processed() === 200, { what: 'the records are not processed' })
    await first.stop()

    const topic = `--topic=${signalsName}`
    const listed = await dlq('list', topic)
    assert.is(listed.stderr, '')
    assert.match(listed.stdout, /^ ?LETTERS +STATE +TOPIC +APPLICATION +PROCESSOR +STAGE +CODE/m)
    assert.match(
      listed.stdout,
      new RegExp(` 24 +open +${signalsName}\\.dlq +${prefix}poison +decide +process +PROCESS_FAILED`),
    )
    assert.is((await dlq('list', topic, '--json')).json().count, 100)

    const typo = await millrace(['dlq', 'list', `${topic}s`], env)
    assert.is(typo.code, 3)
    assert.is(
      typo.stderr.trim(),
      `millrace: topic '${signalsName}s' has no dead-letter topic; did you mean '${signalsName}'?`,
    )
    try {
      await dlq('retry')
      assert.unreachable()
    } catch (error) {
      assert.match((error as Error).message, 'dlq retry of which dead letters?')
    }

    const place = `${signalsName}.dlq/0/0`
    const one = ['show', '--at', place, '--topology=test/support/fixtures/poison.ts#default']
    const shown = (await dlq(...one, '--json')).json()
    const [letter] = shown.letters
    assert.equal([shown.count, letter.place, letter.code, letter.state], [1, place, 'DECODE_FAILED', 'open'])
    assert.equal(
      [letter.key, letter.ids, letter.headers],
      ['ABC-0', { correlationId: 'c-0' }, { 'correlation-id': 'c-0' }],
    )
    assert.match(letter.stack, /\n {4}at /)
    assert.match(letter.value, /^0x07/)
    const text = await dlq('show', topic, '--code=PROCESS_FAILED', '--limit=1', one.at(-1)!)
    assert.match(text.stdout, /value +\{"eventId":"event-\d+","instrument":"ABC","size":/)
    assert.match(text.stdout, '24 dead letters, 1 shown')

    const dry = await dlq('retry', topic)
    assert.match(dry.stdout, '100 dead letters would be retried, 0 skipped: say --apply to do it')
    assert.is((await dlq('list', topic, '--json')).json().count, 100, 'nothing happened')

    const second = await run(afterFix, servers)
    const dropped = await dlq('drop', '--at', place, '--reason=the bot was wrong', '--apply', '--json')
    assert.is(dropped.json().dropped.length, 1)
    const retried = await dlq('retry', topic, '--apply', '--json')
    assert.equal([retried.json().retried.length, retried.json().applied], [99, true])
    assert.match(retried.stderr, '99 of 99 dead letters retried')
    assert.is((await dlq('list', topic)).stdout.trim(), 'no open dead letters')
    assert.match((await dlq('retry', topic, '--apply')).stdout, '0 dead letters retried')
    const states = async () => {
      const { letters } = (await dlq('list', topic, '--state=all', '--json')).json()
      return letters.map(({ state }: { readonly state: string }) => state)
    }
    await waitFor(async () => (await states()).filter((state: string) => state === 'resolved').length === 99, {
      what: 'not every letter is resolved',
    })
    await second.stop()

    const keys: string[] = []
    for await (const { key } of readRaw(outside.broker, await partitionsOf(outside.broker, [decisionsName])))
      keys.push(Buffer.from(key as Uint8Array).toString())
    assert.equal([keys.length, new Set(keys).size], [199, 199], 'one decision for each record but the dropped one')
    await writer.close()
    await outside.close()
  })
})
