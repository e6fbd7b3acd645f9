import * as assert from 'uvu/assert'
import config from '../../millrace.config.ts'
import { decimalOf } from '../../processors/domain/shared/decimal.ts'
import * as topics from '../../processors/topics.ts'
import { trading } from '../../processors/trading.ts'
import { engineMetrics, metricsText } from '../../topology/app/metrics.ts'
import { run } from '../../topology/app/run.ts'
import { buildGraph } from '../../topology/definition/graph.ts'
import { suite } from '../support/suite.ts'
import { waitFor } from '../support/wait-for.ts'
import { report } from './support/report.ts'

suite('metrics of reconciliation', test => {
  test('each report is timed, and one that contradicts another is counted by that reason', async () => {
    const topology = trading()
    const metrics = engineMetrics({ graph: buildGraph(topology), ...config })
    const app = await run(topology, { metrics, processors: ['reconciler'] })
    const scrape = async () =>
      metricsText([await metrics.values()], { tasks: [], waiting: [], expected: [] }).then(text =>
        text.split('\n').filter(line => line.startsWith('millrace_reconciliation_')),
      )
    const reports = [report(1), report(2), report(2, { lastPrice: decimalOf('101') })]
    for (const event of reports) await app.send(topics.ordersFills, event.key, event, { at: event.occurredAt })
    const count = 'millrace_reconciliation_seconds_count{subtopology="reconciler"}'
    await waitFor(async () => (await scrape()).includes(`${count} 3`), { what: 'the reports are not reconciled' })
    await app.stop()
    const failures = (await scrape()).filter(line => line.includes('_failures_total{'))
    assert.equal(
      failures.sort(),
      [
        ['AFTER_TERMINAL', 0],
        ['CONTRADICTION', 1],
        ['DEAD_LETTER', 0],
        ['MALFORMED', 0],
        ['OVERFILL', 0],
      ].map(
        ([reason, n]) => `millrace_reconciliation_failures_total{subtopology="reconciler",reason="${reason}"} ${n}`,
      ),
    )
  })
})
