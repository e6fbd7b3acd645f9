import * as assert from 'uvu/assert'
import config from '../../millrace.config.ts'
import { parseLimits } from '../../processors/domain/risk/limits.ts'
import { decimalOf } from '../../processors/domain/shared/decimal.ts'
import { registrationEvent } from '../../processors/domain/shared/registration.ts'
import * as topics from '../../processors/topics.ts'
import { trading } from '../../processors/trading.ts'
import { engineMetrics, metricsText } from '../../topology/app/metrics.ts'
import { run } from '../../topology/app/run.ts'
import { buildGraph } from '../../topology/definition/graph.ts'
import { suite } from '../support/suite.ts'
import { waitFor } from '../support/wait-for.ts'
import { instrument } from './support/arbitraries.ts'
import { marketSignal } from './support/signal.ts'

suite('latency of decisions', test => {
  test('600 decisions of the whole pipeline are 600 samples, by their outcome', async () => {
    // 2 x 100 is under the cap of 1,000,000, and 400 times that is, too; 100,000 x 100 is over it.
    const limits = parseLimits(`
version: 1
slippageTicks: 1
defaults: { currency: USD, exposureCap: '1000000' }
portfolios: { p: {} }
`)
    const topology = trading({ limits })
    const { decisions = {} } = config
    const metrics = engineMetrics({ graph: buildGraph(topology), decisions })
    const app = await run(topology, { metrics })
    const registered = registrationEvent(instrument('a'), 0, 'test')
    await app.send(topics.instrumentRegistered, registered.key, registered, { at: 0 })
    const at = Date.now() - 2_000
    const signals = Array.from({ length: 600 }, (_, n) =>
      marketSignal(`k${n}`, { quantity: decimalOf(n % 3 === 0 ? '100000' : '2') }, at),
    )
    await Promise.all(signals.map(event => app.send(topics.tradingSignals, event.key, event, { at })))
    const name = 'millrace_decision_latency_seconds'
    const scrape = () =>
      metrics.values().then(values => metricsText([values], { tasks: [], waiting: [], expected: [] }))
    const count = (text: string, series: string) =>
      Number(text.match(new RegExp(`^${name}_${series} (\\d+)$`, 'm'))?.[1])
    const of = (text: string, outcome: string) =>
      count(text, `count{subtopology="portfolio-risk",outcome="${outcome}"}`)
    await waitFor(
      async () => {
        const text = await scrape()
        return of(text, 'approved') + of(text, 'rejected') >= 600
      },
      { what: 'the decisions are not made', timeoutMs: 30_000 },
    )
    await app.stop()
    const text = await scrape()
    assert.equal([of(text, 'approved'), of(text, 'rejected')], [400, 200])
    // From the time of the signal, two seconds before it was sent.
    for (const outcome of ['approved', 'rejected'])
      assert.is(count(text, `bucket{le="1",subtopology="portfolio-risk",outcome="${outcome}"}`), 0)
  })
})
