import type { ConsoleTask, ConsoleTaskState, Pulse } from '../../gateway/console/console-data.ts'
import { readAllCheckpoints, readParked, schemasWith, type TaskCheckpoint } from '../../store/queries.ts'
import { partitionKey } from '../../topology/broker/port.ts'
import { messageOf } from '../../topology/definition/errors.ts'
import type { TaskStatus } from '../../topology/runtime/task-status.ts'
import { type ClusterReading, readCluster } from '../status/cluster-reading.ts'
import { type TaskLine, taskLines } from '../status/task-lines.ts'
import type { LetterBox } from './letter-box.ts'
import { Rates } from './rates.ts'
import type { ConsoleSource } from './source.ts'
import { countRows } from './store-rows.ts'

/** Rows are counted, and partitions looked up, once in so many readings. */
const slowly = 5

/** Reads the state of everything, one moment after the other, and remembers what the next reading is compared with. */
export class PulseReader {
  readonly #source: ConsoleSource
  readonly #letters: LetterBox
  readonly #rates = new Rates()
  #readings = 0
  #rows: ReadonlyMap<string, number> = new Map()
  #partitions: ReadonlyMap<string, number> | undefined
  #last: Pulse | undefined

  constructor(source: ConsoleSource, letters: LetterBox) {
    this.#source = source
    this.#letters = letters
  }

  /** The state now. Where something does not answer, it says so beside what was last known. Never rejects. */
  async read(at: number): Promise<Pulse> {
    try {
      this.#last = await this.#look(at)
    } catch (error) {
      this.#partitions = undefined
      const known = this.#last ?? { topics: {}, flows: {}, tasks: [], stores: {}, letters: {} }
      this.#last = { ...known, at, problem: messageOf(error) }
    }
    return this.#last
  }

  /** Forgets what readings are compared with, before a pause. */
  pause(): void {
    this.#rates.clear()
    this.#readings = 0
    this.#partitions = undefined
  }

  async #look(at: number): Promise<Pulse> {
    const { graph, schema, tables, parts } = this.#source
    const slow = this.#readings++ % slowly === 0
    if (slow) this.#partitions = undefined
    const application = graph.definition.name
    const checkpoints = 'sql' in tables ? await readAllCheckpoints(tables.sql(), application, schema) : []
    const parked = 'sql' in tables ? await readParked(tables.sql(), application, schema) : []
    if (slow) this.#rows = await countRows(this.#source)
    if (parts === undefined) return this.#withoutKafka(at, checkpoints)
    const { broker } = await parts()
    const cluster = await readCluster(graph, broker, this.#partitions)
    // A topic that is not there yet may come: only a whole view is kept for the next readings.
    if ([...graph.topics.keys()].every(name => cluster.partitions.has(name))) this.#partitions = cluster.partitions
    if (slow) await this.#letters.look()
    const elsewhere = 'sql' in tables && checkpoints.length === 0 && graph.stores.size > 0 && slow
    const wrongSchema = elsewhere && (await schemasWith(tables.sql(), application)).length > 0
    const dead = (topic: string, partition: number) => this.#letters.openOf(topic, partition)
    const lines = graph.subtopologies.map(sub =>
      taskLines(sub, { graph, cluster, checkpoints, parked, wrongSchema, dead }),
    )
    const local = new Map((await this.#source.local()).map(status => [status.task, status]))
    return {
      at,
      problem: null,
      ...this.#flowsOf(at, cluster),
      ...this.#tasksOf(lines, local),
      letters: this.#letters.openByTopic(),
    }
  }

  /** Ends and lags with their rates. */
  #flowsOf(at: number, { partitions, ends, committed }: ClusterReading): Pick<Pulse, 'topics' | 'flows'> {
    const { topics, subtopologies } = this.#source.graph
    const sumOf = (topic: string, of: (key: string) => number) =>
      Array.from({ length: partitions.get(topic) ?? 0 }, (_, partition) => of(partitionKey(topic, partition))).reduce(
        (sum, each) => sum + each,
        0,
      )
    const endOf = (key: string) => ends.get(key) ?? 0
    const counts = new Map([...topics.keys()].map(topic => [topic, sumOf(topic, endOf)]))
    const flows = subtopologies.flatMap(({ name, group, inputs }) =>
      inputs.map(topic => {
        const offsetOf = (key: string) => committed.get(group)?.get(key) ?? 0
        counts.set(`${name}/${topic}`, sumOf(topic, offsetOf))
        return { flow: `${name}/${topic}`, lag: sumOf(topic, key => Math.max(0, endOf(key) - offsetOf(key))) }
      }),
    )
    this.#rates.note(at, counts)
    return {
      topics: Object.fromEntries(
        [...topics.keys()].map(name => [name, { records: counts.get(name) ?? 0, rate: this.#rates.of(name) }]),
      ),
      flows: Object.fromEntries(flows.map(({ flow, lag }) => [flow, { lag, rate: this.#rates.of(flow) }])),
    }
  }

  #tasksOf(
    lines: readonly (readonly TaskLine[])[],
    local: ReadonlyMap<string, TaskStatus>,
  ): Pick<Pulse, 'tasks' | 'stores'> {
    const { subtopologies } = this.#source.graph
    const tasks = lines.flatMap((own, index) =>
      own.map((line, partition) => taskOf(line, subtopologies[index]!.name, partition, local.get(line.task))),
    )
    const behindOf = (store: string) => {
      const index = subtopologies.findIndex(({ stores }) => stores.some(({ name }) => name === store))
      return (lines[index] ?? []).reduce((sum, { unapplied }) => sum + unapplied, 0)
    }
    return { tasks, stores: this.#storesOf(behindOf) }
  }

  #storesOf(behindOf: (store: string) => number): Pulse['stores'] {
    const names = [...this.#source.graph.stores.keys()]
    return Object.fromEntries(names.map(name => [name, { rows: this.#rows.get(name) ?? null, behind: behindOf(name) }]))
  }

  /** The state as the tables alone tell it: their rows, and the tasks whose tables are being restored. */
  #withoutKafka(at: number, checkpoints: readonly TaskCheckpoint[]): Pulse {
    const { subtopologies } = this.#source.graph
    const tasks = subtopologies.flatMap(({ name, stores }) => {
      const own = checkpoints.filter(({ store }) => stores.some(one => one.name === store))
      return [...new Set(own.map(({ partition }) => partition))]
        .sort((a, b) => a - b)
        .map((partition): ConsoleTask => {
          const parts = own.filter(one => one.partition === partition)
          const restoring = parts.some(one => one.restoring)
          const facts = { owner: null, lag: 0, behind: 0, deadLetters: 0, why: 'no Kafka is known here' }
          const lastCommitAt = Math.max(...parts.map(({ writtenAt }) => writtenAt))
          const state = restoring ? 'restoring' : 'unknown'
          return { task: `${name}_${partition}`, processor: name, partition, state, lastCommitAt, ...facts }
        })
    })
    return { at, problem: null, topics: {}, flows: {}, tasks, stores: this.#storesOf(() => 0), letters: {} }
  }
}

const states: Readonly<Record<TaskLine['state'], ConsoleTaskState>> = {
  ok: 'running',
  lagging: 'lagging',
  restoring: 'restoring',
  rebalancing: 'rebalancing',
  'nobody runs this': 'nobody',
  'wrong schema': 'wrong schema',
  parked: 'parked',
}

function taskOf(line: TaskLine, processor: string, partition: number, local: TaskStatus | undefined): ConsoleTask {
  const { task, owner, lag, unapplied: behind, lastCommitAt, deadLetters } = line
  const facts = { task, processor, partition, owner, lag, behind, deadLetters }
  const at = { ...facts, lastCommitAt: lastCommitAt ?? local?.lastCommitAt ?? null }
  const apart = local?.parked ?? line.parked
  const parked = apart && `${apart.code}: ${apart.reason}`
  const waits = parked ?? local?.outage ?? local?.stuck
  if (waits != null) return { ...at, state: 'parked', why: waits }
  if (local?.restoring !== undefined) {
    const { store, remaining } = local.restoring
    return { ...at, state: 'restoring', why: `${remaining} records of '${store}' are left` }
  }
  return { ...at, state: states[line.state], why: null }
}
