import { existsSync, readFileSync } from 'node:fs'
import { Hono } from 'hono'
import * as assert from 'uvu/assert'
import { parse } from 'yaml'
import { gatewayMetrics } from '../../gateway/metrics.ts'
import { gaugeQuarantine } from '../../gateway/trading/quarantine-gauge.ts'
import project from '../../millrace.config.ts'
import { serveHealth } from '../../topology/app/health.ts'
import { engineMetrics } from '../../topology/app/metrics.ts'
import { loadTopology } from '../../topology/app/topology-file.ts'
import { buildGraph } from '../../topology/definition/graph.ts'
import { systemClock } from '../../topology/runtime/system-clock.ts'
import type { TaskStatus } from '../../topology/runtime/task-status.ts'
import { suite } from '../support/suite.ts'

interface Rule {
  readonly alert: string
  readonly expr: string
  readonly annotations: { readonly summary: string; readonly runbook: string }
}

interface Panel {
  readonly title: string
  readonly type: string
  readonly id: number
  readonly targets?: readonly { readonly expr: string }[]
}

const task: TaskStatus = {
  task: 'portfolio-risk_0',
  state: 'running',
  lag: 0,
  processed: 0,
  commits: 0,
  lastCommitAt: undefined,
  unapplied: 0,
  deadLetters: 0,
  restoring: { store: 'ledgers', restored: 0, bytes: 0, remaining: 1, elapsedMs: 0 },
  outage: undefined,
  buffered: { bytes: 0, capBytes: 1 },
  cached: { bytes: 0, capBytes: 1 },
}

/** Everything that a worker of the trading topology and its gateway answer to a scrape. */
async function scraped(): Promise<string> {
  const topology = await loadTopology()
  const metrics = engineMetrics({ graph: buildGraph(topology), ...project })
  const worker = {
    failed: new Promise<unknown>(() => {}),
    status: async () => ({ tasks: [task], waiting: [], expected: [task.task] }),
    metrics: async () => [await metrics.values()],
    stop: async () => {},
  }
  const health = await serveHealth(() => worker, 0, systemClock)
  const status = { pending: 0, published: 0, oldestPendingMs: null, led: true, epoch: 1 }
  const gateway = gatewayMetrics({ outbox: { status: async () => status as never }, clock: systemClock })
  gaugeQuarantine(gateway.registry, { topology }, { quarantined: async () => new Map() })
  const app = new Hono().use(gateway.middleware).route('/', gateway.routes)
  await app.request('/metrics')
  try {
    const answers = [await fetch(`http://127.0.0.1:${health.port}/metrics`), await app.request('/metrics')]
    return (await Promise.all(answers.map(answer => answer.text()))).join('\n')
  } finally {
    await health.close()
  }
}

/** The labels of each series name; a histogram has three names. Prometheus adds `instance` and `job`. */
function seriesOf(text: string): ReadonlyMap<string, Set<string>> {
  const series = new Map<string, Set<string>>([['up', new Set(['instance', 'job'])]])
  for (const [, name = '', kind] of text.matchAll(/^# TYPE (\S+) (\S+)$/gm))
    for (const suffix of kind === 'histogram' ? ['_bucket', '_sum', '_count'] : [''])
      series.set(`${name}${suffix}`, new Set(['instance', 'job']))
  for (const [, name = '', labels = ''] of text.matchAll(/^([a-z_][a-z0-9_]*)(?:\{(.*)\})? \S+$/gm))
    for (const [, label = ''] of labels.matchAll(/([a-z_]+)="/g)) series.get(name)?.add(label)
  return series
}

/** The things that are wrong with a query: series or labels that no scrape has, parentheses without a partner. */
function faultsOf(expr: string, series: ReadonlyMap<string, Set<string>>): readonly string[] {
  const bare = expr.replaceAll(/"[^"]*"/g, '""')
  const faults: string[] = []
  for (const [open = '', close = ''] of ['()', '{}', '[]'])
    if (bare.split(open).length !== bare.split(close).length) faults.push(`${open}${close} do not match`)
  const known = new Set<string>()
  for (const [, name = '', matchers = ''] of bare.matchAll(
    /\b((?:millrace|process|nodejs)_[a-z0-9_]+|up\b)(?:\{([^}]*)\})?/g,
  )) {
    const labels = series.get(name)
    if (labels === undefined) faults.push(`no series '${name}'`)
    for (const label of labels ?? []) known.add(label)
    for (const [, label = ''] of matchers.matchAll(/([a-z_]+)\s*(?:=|!)/g))
      if (labels && !labels.has(label)) faults.push(`'${name}' has no label '${label}'`)
  }
  if (known.size === 0) faults.push('it asks for no series')
  for (const [, names = ''] of bare.matchAll(/\b(?:by|on|without) \(([^)]*)\)/g))
    for (const label of names.split(/,\s*/)) if (!known.has(label)) faults.push(`no label '${label}'`)
  return faults
}

const rules: readonly Rule[] = parse(readFileSync('ops/monitoring/alerts.yaml', 'utf8')).groups[0].rules
const dashboard: { readonly panels: readonly Panel[] } = JSON.parse(
  readFileSync('ops/monitoring/dashboard.json', 'utf8'),
)
const runbook = readFileSync('ops/runbooks/metrics.md', 'utf8')

suite('monitoring', test => {
  test('a query for a series or a label that nothing has is seen', async () => {
    const series = seriesOf(await scraped())
    assert.equal(faultsOf('rate(millrace_dead_letter_total[5m])', series), [
      "no series 'millrace_dead_letter_total'",
      'it asks for no series',
    ])
    assert.equal(faultsOf('sum by (topik) (millrace_dead_letters_total{stagee="decode"})', series), [
      "'millrace_dead_letters_total' has no label 'stagee'",
      "no label 'topik'",
    ])
    assert.equal(faultsOf('max(up', series), ['() do not match'])
  })

  test('every alert asks for series that a scrape has, and names a runbook that exists', async () => {
    const series = seriesOf(await scraped())
    assert.ok(rules.length >= 10)
    for (const { alert, expr, annotations } of rules) {
      assert.equal(faultsOf(expr, series), [], alert)
      assert.ok(existsSync(annotations.runbook), `${alert}: ${annotations.runbook}`)
      assert.ok(annotations.summary.length > 0, alert)
    }
  })

  test('the alerts are those of the runbook', () => {
    const told = [...runbook.matchAll(/^\| `(Millrace\w+)` \|/gm)].map(([, name]) => name)
    assert.equal(told.sort(), rules.map(({ alert }) => alert).sort())
  })

  test('every panel of the dashboard asks for series that a scrape has', async () => {
    const series = seriesOf(await scraped())
    const panels = dashboard.panels.filter(({ type }) => type !== 'row')
    assert.ok(panels.length >= 25)
    assert.is(new Set(dashboard.panels.map(({ id }) => id)).size, dashboard.panels.length)
    for (const { title, targets = [] } of panels) {
      assert.ok(targets.length > 0, title)
      for (const { expr } of targets) assert.equal(faultsOf(expr, series), [], title)
    }
  })

  test('every metric of millrace in a scrape stands in the runbook, and the other way round', async () => {
    const text = await scraped()
    const real = [...text.matchAll(/^# TYPE (millrace_\S+) /gm)].map(([, name]) => name as string)
    const told = [...runbook.matchAll(/^\| `(millrace_\w+)` \|/gm)].map(([, name]) => name as string)
    assert.equal(told.sort(), [...new Set(real)].sort())
  })
})
