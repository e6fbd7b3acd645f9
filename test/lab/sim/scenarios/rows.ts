import { processor } from '../../../../topology/definition/processor.ts'
import { int64, string } from '../../../../topology/definition/serdes/primitives.ts'
import { keyValueStore } from '../../../../topology/definition/stores/key-value.ts'
import { topic } from '../../../../topology/definition/topic.ts'
import { topology } from '../../../../topology/dsl/topology.ts'
import { began, below, type Scenario } from './scenario.ts'

const commands = topic('commands', { key: string, value: string, partitions: 2 })
const answers = topic('answers', { key: string, value: string, partitions: 2 })
const shelf = keyValueStore('shelf', { key: string, value: int64 })

const keeper = processor({
  name: 'keeper',
  streams: [commands],
  stores: { shelf },
  sinks: { answers },
  async process({ key, value }, { stores, sinks }) {
    const [command, name] = value.split(' ') as [string, string]
    const row = `${key}/${name}`
    if (command === 'delete') stores.shelf.delete(row)
    else if (command === 'add') stores.shelf.put(row, ((await stores.shelf.get(row)) ?? 0n) + 1n)
    else {
      // asked before it is written, answered after: the write must win
      const asked = stores.shelf.get(row)
      stores.shelf.put(row, 100n)
      await asked
      stores.shelf.put(row, ((await stores.shelf.get(row)) ?? 0n) + 1n)
    }
    const rows = await stores.shelf.range(`${key}/`, `${key}/~`)
    sinks.answers.send(key, rows.map(entry => `${entry.key}=${entry.value}`).join(' '))
  },
})

/** Rows that are put, deleted, put again and scanned: a delete that is forgotten, or an old row that comes back, shows. */
export const rows: Scenario = {
  topology: topology('rows', t => t.processor(keeper)),
  compare: 'in-order',
  spanMs: 8_000,
  input: random =>
    Array.from({ length: 140 }, (_, index) => {
      const command = ['add', 'add', 'add', 'delete', 'delete', 'race'][below(random, 6)]
      return {
        topic: 'commands',
        key: `k${below(random, 4)}`,
        value: `${command} ${'abcdef'[below(random, 6)]}`,
        at: began + index,
      }
    }),
}
