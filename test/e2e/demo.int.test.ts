import { spawn } from 'node:child_process'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import type { PortfolioView } from '../../ops/trading/demo/portfolios.ts'
import { ownParts } from '../support/own-parts.ts'
import { suite } from '../support/suite.ts'

const { kafka, registry, postgres, stop } = await ownParts()

/** The last output of `demo --json`. */
interface DemoReport {
  readonly signals: number
  readonly decisions: number
  readonly outcomes: {
    readonly approved: number
    readonly rejected: number
    readonly reasons: Readonly<Record<string, number>>
  }
  readonly fills: number
  readonly counts: Readonly<Record<string, number>>
  readonly badLines: readonly { readonly line: number; readonly reason: string }[]
  readonly digest: string
  readonly portfolios: readonly PortfolioView[]
}

/** Runs the demo as a user would, and reads the last line of its standard output. */
async function demo(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<DemoReport> {
  const child = spawn(process.execPath, ['ops/bin/run.mjs', 'demo', '--once', '--json', ...args], {
    env: { ...process.env, KAFKA_BROKERS: '', SCHEMA_REGISTRY_URL: '', DATABASE_URL: postgres, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let out = ''
  let errors = ''
  child.stdout.on('data', chunk => {
    out += chunk
  })
  child.stderr.on('data', chunk => {
    errors += chunk
  })
  const code = await new Promise(resolve => child.once('close', resolve))
  assert.is(code, 0, errors)
  const lines = out.trim().split('\n')
  assert.is(lines.length, 1, 'standard output is the one JSON object')
  return JSON.parse(lines[0]!) as DemoReport
}

suite(
  'demo',
  test => {
    test('decides hundreds of signals, embedded and on the real parts alike, record for record', async () => {
      const embedded = await demo(['--no-prices'])
      assert.ok(embedded.decisions > 500, `${embedded.decisions} decisions`)
      assert.is(embedded.signals, embedded.decisions)
      assert.ok(embedded.outcomes.approved > 0)
      assert.ok(Object.keys(embedded.outcomes.reasons).length >= 3)
      assert.ok(embedded.fills > 0)
      assert.ok(embedded.portfolios.length >= 20)
      assert.ok(embedded.portfolios.some(({ positions }) => positions.some(({ quantity }) => quantity !== '0')))

      const real = await demo(['--cluster', '--no-prices'], { KAFKA_BROKERS: kafka, SCHEMA_REGISTRY_URL: registry })
      assert.is(real.digest, embedded.digest, 'decisions, orders and fills are the same records')
      assert.equal(real.outcomes, embedded.outcomes)
      assert.equal(uncompacted(real.counts), uncompacted(embedded.counts))
      assert.equal(real.portfolios.map(settled), embedded.portfolios.map(settled))
    })

    test('a file of signals: bad lines are named and counted, the rest is decided, a repeated key once', async () => {
      const file = join(await mkdtemp(join(tmpdir(), 'millrace-signals-')), 'signals.ndjson')
      const signal = {
        idempotencyKey: 'k-1',
        portfolioId: 'alpha-01',
        exchange: 'XNAS',
        instrumentId: 'MSFT',
        side: 'BUY',
        quantity: '10',
        referencePrice: '25.00',
        occurredAt: '2020-01-02T00:00:00Z',
      }
      const lines = [
        JSON.stringify(signal),
        '{ not json',
        JSON.stringify({ ...signal, idempotencyKey: 'k-2', quantity: 10 }),
        JSON.stringify(signal),
        JSON.stringify({ ...signal, idempotencyKey: 'k-3', quantity: '1000000' }),
      ]
      await writeFile(file, lines.join('\n'))
      const report = await demo([`--signals=${file}`])
      assert.equal(
        report.badLines.map(({ line }) => line),
        [2, 3],
      )
      assert.match(report.badLines[1]!.reason, 'quantity')
      assert.is(report.counts['trading.signals'], 3)
      assert.is(report.signals, 2)
      assert.equal(report.outcomes.reasons, { QUANTITY_EXCEEDS_MAXIMUM: 1 })
      assert.is(report.outcomes.approved, 1)
    })

    test.after(stop)
  },
  { timeoutMs: 180_000 },
)

/** Of a compacted topic a reader may see fewer records than were written. */
function uncompacted(counts: DemoReport['counts']) {
  const { 'instrument.registered': _, 'portfolio.updated': __, ...rest } = counts
  return rest
}

/** A portfolio without what differs between two runs by nature: where its records lie. */
function settled({ id, summary, positions }: PortfolioView) {
  return { id, summary, positions }
}
