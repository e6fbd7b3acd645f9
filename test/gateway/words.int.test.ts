import postgres from 'postgres'
import * as assert from 'uvu/assert'
import { type Gateway, openGateway, openOutbox, startRelay } from '../../gateway/index.ts'
import { connectParts } from '../../topology/app/connections.ts'
import { runOn } from '../../topology/app/run.ts'
import { buildGraph } from '../../topology/definition/graph.ts'
import { registerSchemas } from '../../topology/runtime/register-schemas.ts'
import { realParts } from '../support/real-parts.ts'
import { suite } from '../support/suite.ts'
import { waitFor } from '../support/wait-for.ts'
import type { AnyJson } from './support/any-json.ts'
import { ask } from './support/ask.ts'
import { send } from './support/stub-app.ts'
import { wordGateway, words } from './support/words.ts'

const { database } = await realParts({ postgres: true })

suite('the gateway of a topology that counts words, on a real Postgres', test => {
  test('before any worker has run nothing is ready, and what is posted waits', async () => {
    const databaseUrl = await database()
    const { clock, close } = await connectParts({})
    const gateway = openGateway({ databaseUrl, topology: words, clock, extension: wordGateway })
    assert.is((await ask(gateway.app, '/v1/stores/word-counts/be?waitMs=0')).status, 503)
    assert.equal((await ask(gateway.app, send('/v1/lines', 'POST', { line: 'to be' }))).body, { repeated: false })
    assert.equal((await ask(gateway.app, send('/v1/lines', 'POST', { line: 'to be' }))).body, { repeated: true })
    assert.is((await ask(gateway.app, '/v1/outbox')).body.pending, 1)
    await gateway.close()
    await close()
  })

  test('a line that is posted is counted, once, and its words are read by key', async () => {
    const databaseUrl = await database()
    const parts = await connectParts({ postgres: databaseUrl })
    const graph = buildGraph(words)
    await registerSchemas(graph, parts.registry)
    const app = await runOn(graph, parts, { createTopics: 'all' })
    const at = { databaseUrl, clock: parts.clock, extension: wordGateway }
    const gateway = openGateway({ ...at, topology: words })
    const outbox = openOutbox(at)
    const relay = startRelay({ ...parts, outbox, application: words.name, topics: wordGateway.posts!.topics })
    const { url } = await gateway.serve(0)

    for (let copy = 0; copy < 3; copy++) await post(url, 'To be, or not to be')
    // Two tasks count them, in commits of their own, and the relay marks the entry after its record is in Kafka.
    for (const [word, count] of [
      ['to', '2'],
      ['or', '1'],
      ['not', '1'],
    ] as const)
      await counted(gateway, word, count)
    const row = await counted(gateway, 'be', '2')
    await waitFor(async () => (await ask(gateway.app, '/v1/outbox')).body.pending === 0, {
      what: 'an entry is pending',
    })
    assert.is(row.key, 'be')
    assert.is((await ask(gateway.app, '/v1/shouted/Or')).body.count, '1')
    const [[partition, offset]] = Object.entries(row.asOf) as [[string, string]]
    const number = partition.replace('word-counts-', '')
    const asked = `/v1/stores/word-counts/be?waitMs=0&atLeast=${number}`
    assert.is((await ask(gateway.app, `${asked}:${offset}`)).status, 200)
    assert.is((await ask(gateway.app, `${asked}:${Number(offset) + 1}`)).status, 409)

    const { items } = (await ask(gateway.app, '/v1/stores')).body
    assert.equal(
      items.map(({ name }: { name: string }) => name),
      ['word-counts'],
    )
    assert.equal(items[0].restoring, [])
    const ready = await ask(gateway.app, '/readyz')
    assert.equal([ready.status, ready.body.outbox.pending, ready.body.outbox.published], [200, 0, 1])

    const sql = postgres(databaseUrl, { max: 1 })
    const tables = await sql`select table_name as name from information_schema.tables
      where table_schema = 'public' order by table_name`
    const names = tables.map(({ name }) => name as string)
    assert.ok(['said_lines', 'word_counts', 'millrace_outbox'].every(name => names.includes(name)))
    assert.not.match(names.join(' '), /portfolio|instrument|signal/)
    await sql.end()

    await gateway.close()
    await relay.stop()
    await app.stop()
    await outbox.close()
    await parts.close()
  })
})

async function post(url: string, line: string): Promise<void> {
  const { status } = await fetch(`${url}/v1/lines`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ line }),
  })
  assert.is(status, 202)
}

/** The row of a word, once it has this count. */
async function counted({ app }: Gateway, word: string, count: string): Promise<AnyJson> {
  let row: AnyJson
  const read = async () => {
    const { status, body } = await ask(app, `/v1/stores/word-counts/${word}?waitMs=10000`)
    row = body
    return status === 200 && body.value === count
  }
  await waitFor(read, { what: `'${word}' is not counted`, said: () => JSON.stringify(row) })
  return row
}
