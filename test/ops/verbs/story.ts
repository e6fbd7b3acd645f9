import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import postgres from 'postgres'
import { tradingSignals } from '../../../processors/topics.ts'
import trading from '../../../processors/trading.ts'
import { connectParts } from '../../../topology/app/connections.ts'
import { runOn } from '../../../topology/app/run.ts'
import { buildGraph } from '../../../topology/definition/graph.ts'
import { waitFor } from '../../support/wait-for.ts'

/** Later than the registrations, which processors take first; brokers take records up to an hour ahead of their clock. */
const later = new Date(Date.now() + 1_800_000).toISOString()

const signal = {
  portfolioId: 'alpha-01',
  exchange: 'XNAS',
  instrumentId: 'MSFT',
  side: 'BUY',
  quantity: '10',
  referencePrice: '28.5',
  occurredAt: later,
}

function signalLines(...keys: readonly string[]): string {
  return keys.map(idempotencyKey => JSON.stringify({ ...signal, idempotencyKey })).join('\n')
}

/** Files that the verbs are given. */
export function writeFiles(folder: string) {
  const at = (name: string, text: string) => {
    writeFileSync(join(folder, name), text)
    return join(folder, name)
  }
  const price = { exchange: 'XNAS', instrumentId: 'AAPL', last: '28.5', occurredAt: later }
  return {
    signals: at('signals.ndjson', signalLines('k1', 'k2')),
    others: at('others.ndjson', signalLines('k3', 'k4', 'k5', 'k6')),
    prices: at('prices.ndjson', JSON.stringify(price)),
    words: at(
      'words.ts',
      `import { string, topic, topology } from '${new URL('../../../topology/index.ts', import.meta.url).href}'
       const words = topic('words', { key: string, value: string })
       export default topology('words', t => { t.stream(words).groupByKey().count('word-counts') })
       export const simulation = { input: [{ topic: 'words', key: 'a', value: 'x', at: 0 }] }`,
    ),
  }
}

/** The addresses of real servers. */
interface Servers {
  readonly kafka: string
  readonly registry: string
  readonly postgres: string
}

/** Lets the five processors settle what was posted, and one record that nobody can decode. */
export async function settle(servers: Servers): Promise<void> {
  const parts = await connectParts(servers)
  const graph = buildGraph(trading)
  const writer = await parts.broker.writer()
  const broken = {
    partition: 0,
    timestamp: 1,
    key: Buffer.from('alpha-01'),
    value: Buffer.from('no Avro'),
    headers: [],
  }
  await writer.send([
    { ...broken, topic: tradingSignals.name },
    { ...broken, topic: tradingSignals.name },
  ])
  await writer.close()
  const app = await runOn(graph, parts)
  try {
    const calm = () =>
      app.status().length === app.expected().length &&
      app.status().every(({ lag, unapplied, state }) => lag === 0 && unapplied === 0 && state === 'running')
    const sql = postgres(servers.postgres, { max: 1 })
    // Between two processors all may be calm while the records of the one are on their way to the other.
    const settled = async () => {
      const [row] =
        await sql`select (select count(*) from decisions) as decided, (select count(*) from orders) as placed`
      const [letters] = await parts.broker.admin.listOffsets(
        [{ topic: `${tradingSignals.name}.dlq`, partition: 0 }],
        'committed',
      )
      return row?.decided === '2' && row?.placed === '2' && letters! >= 2
    }
    await waitFor(settled, { what: 'the two signals are not settled' })
    await sql.end()
    for (let looks = 0; looks < 3; looks++) {
      await waitFor(calm, { what: 'the pipeline does not settle' })
      await parts.clock.sleep(100)
    }
  } finally {
    await app.stop()
    await parts.close()
  }
}

/** A transaction that stays open until it is released. */
export interface HeldTransaction {
  /** Shape: `'trading.signals/2/17'`. */
  readonly place: string
  /** Lets its producer go on to the end. Returns how that came out. */
  release(): Promise<string>
}

/** Writes a record in a transaction that does not end. */
export async function holdTransaction(kafka: string): Promise<HeldTransaction> {
  const { broker, close } = await connectParts({ kafka })
  const place = { topic: tradingSignals.name, partition: 2 }
  const [from] = await broker.admin.listOffsets([place], 'latest')
  let release = () => {}
  const released = new Promise<void>(resolve => {
    release = resolve
  })
  let begun = () => {}
  const open = new Promise<void>(resolve => {
    begun = resolve
  })
  const producer = broker.producer({
    transactionalId: 'verbs-held',
    transactionTimeoutMs: 600_000,
    async onStep(step) {
      if (step !== 'before-end') return
      begun()
      await released
    },
  })
  await producer.init()
  const record = { ...place, timestamp: Date.now(), key: Buffer.from('k'), value: null, headers: [] }
  const outcome = producer.commit({ records: [record] }).then(
    () => 'committed',
    error => String(error.code),
  )
  await open
  return {
    place: `${place.topic}/${place.partition}/${from}`,
    async release() {
      release()
      const said = await outcome
      await producer.close()
      await close()
      return said
    },
  }
}
