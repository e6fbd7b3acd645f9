import { int64, string } from '../../../../topology/definition/serdes/primitives.ts'
import { topic } from '../../../../topology/definition/topic.ts'
import { topology } from '../../../../topology/dsl/topology.ts'
import { tumbling } from '../../../../topology/dsl/windows/windows.ts'
import { began, below, type Scenario } from './scenario.ts'

// one partition: words keep the order of time, and no closed window gets a late one
const lines = topic('lines', { key: string, value: string, partitions: 1 })
const wordTotals = topic('word-totals', { key: string, value: int64, partitions: 2 })
const windowTotals = topic('window-totals', { key: string, value: int64, partitions: 2 })

const hour = 3_600_000

/** Words counted for ever and by window, over a repartition; a window's count is emitted once it closes. */
export const windows: Scenario = {
  topology: topology('windows', t => {
    const words = t.stream(lines).flatMapValues(line => line.split(' '))
    const grouped = words.groupBy(word => word, { name: 'by-word', key: string })
    grouped.count('word-totals-store', { updates: 'per-commit' }).toStream().to(wordTotals)
    grouped
      .windowed(tumbling('1h', { grace: '10m' }))
      .count('window-counts')
      .suppressUntilClose({ name: 'closing' })
      .toStream()
      .selectKey((_, window) => `${window.key}@${window.start}`)
      .to(windowTotals)
  }),
  // the last total of a word, the one of each closed window
  compare: 'last',
  spanMs: 8_000,
  // the last line comes hours later, with every word: all windows before it close
  input: random => [
    ...Array.from({ length: 90 }, (_, index) => ({
      topic: 'lines',
      key: `l${below(random, 6)}`,
      value: Array.from({ length: 1 + below(random, 2) }, () => `w${below(random, 6)}`).join(' '),
      at: began + index * 60_000,
    })),
    { topic: 'lines', key: 'last', value: 'w0 w1 w2 w3 w4 w5', at: began + 6 * hour },
  ],
}
