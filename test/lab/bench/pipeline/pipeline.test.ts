import * as assert from 'uvu/assert'
import { instruments, limits } from '../../../../processors/settings.ts'
import { suite } from '../../../support/suite.ts'
import { cpuOfTree } from '../process-cpu.ts'
import { aloneLine } from './alone.ts'
import { benchSignals } from './bench-signals.ts'
import { pipelineLines } from './pipeline-report.ts'

suite('bench pipeline', test => {
  test('the same options give the same signals, and those that come later other ones', () => {
    const portfolioIds = [...limits.portfolios.keys()]
    const signals = (first: number) => benchSignals({ seed: 7, first, count: 50, portfolioIds, instruments })
    assert.equal(signals(0), signals(0))
    const ids = new Set([...signals(0), ...signals(50)].map(({ eventId }) => eventId))
    assert.is(ids.size, 100)
    assert.ok(signals(50)[0]!.occurredAt > signals(0).at(-1)!.occurredAt)
  })

  test('the time of a process counts what it has used, and none where there is no such process', async () => {
    const used = process.cpuUsage()
    const found = await cpuOfTree(process.pid)
    if (process.platform !== 'linux') return assert.is(found, undefined)
    // The kernel's figure is in hundredths of a second.
    assert.ok(found! >= (used.user + used.system) / 1e6 - 0.02, `${found} s of at least ${used.user + used.system} µs`)
    assert.is(await cpuOfTree(undefined), undefined)
  })

  test('rounds without servers are told by their medians, with the lowest and the highest', () => {
    const counted = {
      systemMicroseconds: 1,
      heapBytes: 1,
      commits: 0.1,
      outputs: 7.25,
      rows: 9,
      approved: 8,
      rejected: 2,
      updates: 17,
    }
    const rounds = [700, 900, 650].map(userMicroseconds => ({
      ...counted,
      userMicroseconds,
      gcMicroseconds: userMicroseconds / 10,
    }))
    assert.is(
      aloneLine(rounds),
      '700 µs of user time a signal (650 to 900), waited for the collector 70 µs; a signal: 7.3 outputs, 9.0 rows',
    )
  })

  test('a run is told in rates, times and counts', () => {
    const lines = pipelineLines({
      decidedPerSecond: 1_200,
      settledPerSecond: 1_000,
      cpuMicroseconds: { worker: 650, kafka: 400 },
      perSignal: { kafkaTransactions: 0.25, outputs: 7.14, applies: 0.2, rows: 9, postgresTransactions: 0.3 },
      approved: 17,
    })
    assert.equal(lines, [
      '1200 decided/s, 1000 settled/s (17 approved)',
      'CPU a signal: worker 650 µs, kafka 400 µs',
      'a signal: 0.250 Kafka transactions with 7.1 outputs, 0.200 applies of 9.0 rows, 0.300 Postgres transactions',
    ])
  })
})
