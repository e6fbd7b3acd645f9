import { processor } from '../../../../topology/definition/processor.ts'
import { int64, string } from '../../../../topology/definition/serdes/primitives.ts'
import { keyValueStore } from '../../../../topology/definition/stores/key-value.ts'
import { topic } from '../../../../topology/definition/topic.ts'

export const signals = topic('signals', { key: string, value: string, partitions: 6 })
export const instruments = topic('instruments', { key: string, value: string, config: { 'cleanup.policy': 'compact' } })
export const checked = topic('signals.checked', { key: string, value: string })
export const perPortfolio = topic('signals.portfolio', { key: string, value: string })
export const seen = keyValueStore('seen-signals', { key: string, value: int64, ttl: '7d' })

/** A whole processor: its module knows its topics. */
export const risk = processor({
  name: 'risk',
  streams: [signals],
  tables: { instruments },
  stores: { seen },
  sinks: { verdicts: checked },
  failure: { retry: { attempts: 5, backoff: '100ms', cap: '10s' }, then: 'dead-letter' },
  process: (record, { sinks }) => sinks.verdicts.send(record.key, record.value),
})

export const byPortfolio = (record: { value: string }) => record.value
