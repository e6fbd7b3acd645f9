import type { TopologyDefinition } from '../../topology/definition/definition.ts'
import { buildGraph, type TopologyGraph } from '../../topology/definition/graph.ts'
import { type AnyProcessor, processor } from '../../topology/definition/processor.ts'
import { nullable } from '../../topology/definition/serdes/nullable.ts'
import { string } from '../../topology/definition/serdes/primitives.ts'
import { keyValueStore } from '../../topology/definition/stores/key-value.ts'
import { type TimestampExtractor, type Topic, topic } from '../../topology/definition/topic.ts'
import type { Stream } from '../../topology/dsl/streams/stream.ts'
import { Table } from '../../topology/dsl/tables/table.ts'
import { type TopologyScope, topology } from '../../topology/dsl/topology.ts'
import type { Windowed } from '../../topology/dsl/windows/windowed.ts'
import type { WindowedTable } from '../../topology/dsl/windows/windowed-table.ts'
import { hopping, session, sliding, tumbling } from '../../topology/dsl/windows/windows.ts'
import type { Extraction, Gate, Meeting, RandomCase, Step, WindowStep } from './random-case.ts'

export type Text = string | null
export type TextTopic = Topic<string, string, Text>
type TextStream = Stream<string, Text>
type TextTable = Table<string, Text>

/** A topology that can be run, and the topics that its results are in. */
export interface RandomTopology {
  readonly definition: TopologyDefinition
  readonly graph: TopologyGraph
  readonly inputs: Readonly<Record<'left' | 'right', TextTopic>>
  readonly outputs: readonly TextTopic[]
}

/** Values stay short however often they are aggregated; the last characters tell the order. */
const short = (value: string) => value.slice(-24)
const lastOf = (value: string) => value.slice(-1)
const sumOf = (value: string) => [...value].reduce((sum, character) => sum + character.charCodeAt(0), 0)
const joined = (left: Text, right: Text) => short(`(${left}-${right})`)
const kept = (of: number, value: Text) => value === null || sumOf(value) % of !== 0
const present = (stream: TextStream) => stream.filter((value): value is string => value !== null)

/** Lateness that `stream-time` lets through. Units: ms. */
const slackMs = 10

/** By extraction. Values that begin with `c` are those whose time cannot be had. */
const extractors: Readonly<Record<Extraction, TimestampExtractor<string, Text> | undefined>> = {
  record: undefined,
  'stream-time': ({ timestamp }, streamTime) => Math.max(timestamp, streamTime - slackMs),
  throwing: ({ timestamp, value }) => {
    if (value?.startsWith('c')) throw new Error(`no time in ${value}`)
    return timestamp
  },
  negative: ({ timestamp, value }) => (value?.startsWith('c') ? -2 : timestamp),
}

const isRefused = (value: Text) => value !== null && sumOf(value) % 7 === 0

function unlessRefused(value: Text): Text {
  if (isRefused(value)) throw new Error(`${value} is refused`)
  return value
}

/** Hands its input on, except what it refuses. With `retry` it also fails on every other attempt at a value with an `a`. */
function gateProcessor(gate: Gate, input: TextTopic, passed: TextTopic): AnyProcessor {
  const retry = { attempts: 2, backoff: 5, cap: 20 }
  let attempts = 0
  return processor({
    name: 'gate',
    streams: [input],
    sinks: { passed },
    failure: {
      ...(gate === 'retry' && { retry, isRetriable: () => true }),
      then: gate === 'stop' ? 'stop' : 'dead-letter',
    },
    process({ key, value }, { sinks }) {
      sinks.passed.send(key, unlessRefused(value))
      if (gate === 'retry' && value?.startsWith('a') && attempts++ % 2 === 0) throw new Error(`${value} must wait`)
    },
  })
}

/** Builds the topology of a case: the same case gives the same topology. */
export function buildTopology(spec: RandomCase): RandomTopology {
  const made = new TopologyBeingMade(spec)
  const definition = topology('random', t => made.declare(t))
  const { left, right, outputs } = made
  return { definition, graph: buildGraph(definition), inputs: { left, right }, outputs }
}

class TopologyBeingMade {
  readonly left: TextTopic
  readonly right: TextTopic
  readonly outputs: TextTopic[] = []
  readonly #spec: RandomCase
  #steps = 0

  constructor(spec: RandomCase) {
    this.#spec = spec
    const timestamp = extractors[spec.extraction]
    const input = (name: string): TextTopic =>
      topic(name, {
        key: string,
        value: nullable(string),
        partitions: spec.partitions,
        ...(timestamp && { timestamp }),
      })
    this.left = input('left')
    this.right = input('right')
  }

  declare(t: TopologyScope): void {
    const { left, meeting, right, after, gate, partitions } = this.#spec
    const passed: TextTopic = topic('passed', { key: string, value: nullable(string), partitions })
    if (gate !== undefined) t.processor(gateProcessor(gate, this.left, passed))
    const first = this.#chain(t.stream(gate === undefined ? this.left : passed), left)
    const end = meeting === undefined ? first : this.#meet(first, this.#chain(t.stream(this.right), right), meeting)
    streamOf(this.#chain(end, after)).to(this.#output('out'))
  }

  #output(name: string): TextTopic {
    const output: TextTopic = topic(name, { key: string, value: nullable(string), partitions: this.#spec.partitions })
    this.outputs.push(output)
    return output
  }

  #name(operator: string): string {
    return `${operator}-${++this.#steps}`
  }

  #chain(from: TextStream | TextTable, steps: readonly Step[]): TextStream | TextTable {
    return steps.reduce((current: TextStream | TextTable, step) => this.#step(current, step), from)
  }

  #step(current: TextStream | TextTable, step: Step): TextStream | TextTable {
    switch (step.kind) {
      case 'filter':
        if (current instanceof Table) return current.filter(value => kept(step.of, value))
        return current.filter(value => kept(step.of, value))
      case 'map-values':
        if (current instanceof Table) return current.mapValues(value => short(`${value}~`), { value: string })
        return current.mapValues(value => value && short(`${value}~`), { value: nullable(string) })
      case 'flat-map':
        return streamOf(current).flatMapValues(value => (value === null ? [] : [value, short(`${value}!`)]), {
          value: nullable(string),
        })
      case 'split': {
        const { odd, rest } = streamOf(current).split({ odd: value => value !== null && sumOf(value) % 2 === 1 })
        return odd.mapValues(value => value && short(`${value}^`), { value: nullable(string) }).merge(rest)
      }
      case 'rekey':
        return present(streamOf(current)).selectKey(value => lastOf(value as string), { key: string })
      case 'repartition':
        return streamOf(current).repartition({ name: this.#name('spread'), partitions: step.partitions })
      case 'remember':
        return this.#remember(streamOf(current))
      case 'remember-a-while':
        return this.#remember(streamOf(current), step.ttlMs)
      case 'refuse':
        return streamOf(current).mapValues(value => unlessRefused(value), { value: nullable(string) })
      case 'to-table':
        return this.#tableOf(current)
      case 'aggregate':
        return this.#aggregate(streamOf(current), step.by)
      case 'window':
        return this.#window(streamOf(current), step)
      case 'regroup':
        return this.#regroup(this.#lookedUp(current), step.by)
      case 'suppress':
        return this.#tableOf(current).suppress({ name: this.#name('held'), every: step.everyMs })
      case 'join-itself': {
        const table = this.#lookedUp(current)
        const other = table
          .mapValues(value => lastOf(value), { store: this.#name('last'), value: string })
          .filter(value => kept(2, value))
        if (step.how === 'inner') return table.join(other, joined, { value: string })
        if (step.how === 'left') return table.leftJoin(other, joined, { value: string })
        return table.outerJoin(other, joined, { value: string })
      }
    }
  }

  /** Each value with the one before it, by user code with a store. */
  #remember(stream: TextStream, ttlMs?: number): TextStream {
    const name = this.#name('remember')
    const last = keyValueStore(`${name}-last`, {
      key: string,
      value: string,
      ...(ttlMs !== undefined && { ttl: ttlMs }),
    })
    return stream.processValues({
      name,
      stores: { last },
      value: nullable(string),
      async process(value, key, { stores, forward }) {
        const before = await stores.last.get(key)
        if (value === null) stores.last.delete(key)
        else stores.last.put(key, value)
        forward(key, short(`${before ?? ''}<${value}`))
      },
    })
  }

  #grouped(stream: TextStream) {
    return stream.groupByKey({ name: this.#name('by-key'), key: string, value: nullable(string) })
  }

  #aggregate(stream: TextStream, by: 'count' | 'reduce' | 'aggregate'): TextTable {
    const grouped = this.#grouped(stream)
    const name = this.#name(by)
    if (by === 'count') return grouped.count(name).mapValues(count => `n${count}`, { value: string })
    if (by === 'reduce') return grouped.reduce(name, (aggregate, value) => short(`${aggregate}|${value}`))
    return grouped.aggregate(name, { init: () => '', add: (a, value) => short(`${a}+${value}`), value: string })
  }

  #window(stream: TextStream, step: WindowStep): TextStream {
    const { sizeMs, advanceMs, graceMs } = step
    const grouped = this.#grouped(stream)
    const name = this.#name(step.windows)
    const late = this.#output(`${name}-late`)
    const options = { grace: graceMs, late }
    const aggregation = {
      init: () => '',
      add: (aggregate: string, value: Text) => short(`${aggregate}+${value}`),
      value: string,
    }
    if (step.windows === 'session') {
      const merge = (one: string, two: string) => short(`${one}&${two}`)
      const sessions = grouped.windowed(session(sizeMs, options))
      return this.#shown(sessions.aggregate(name, { ...aggregation, merge }), step)
    }
    const windows =
      step.windows === 'tumbling'
        ? tumbling(sizeMs, options)
        : step.windows === 'hopping'
          ? hopping(sizeMs, Math.min(advanceMs, sizeMs), options)
          : sliding(sizeMs, options)
    return this.#shown(grouped.windowed(windows).aggregate(name, aggregation), step)
  }

  #shown(table: WindowedTable<string, string, null> | WindowedTable<string, string, never>, step: WindowStep) {
    const any = table as WindowedTable<string, string, null>
    const shown: Stream<Windowed<string>, Text> = step.shown === 'each'
      ? any.onUpdate()
      : step.shown === 'closed'
        ? any.onClose()
        : any.suppressUntilClose({ name: this.#name('until-close') }).toStream()
    return shown
      .selectKey((_, window) => `${window.key}@${window.start}/${window.end}`, { key: string })
      .mapValues(value => value, { value: nullable(string) })
  }

  #regroup(table: TextTable, by: 'count' | 'aggregate'): TextTable {
    const grouped = table.groupBy((value, key) => [lastOf(value), `${key}${value}`], {
      name: this.#name('by-last'),
      key: string,
      value: string,
    })
    const name = this.#name('groups')
    if (by === 'count') return grouped.count(name).mapValues(count => `n${count}`, { value: string })
    return grouped.aggregate(name, {
      init: () => '',
      add: (aggregate, value) => short(`${aggregate}+${value}`),
      subtract: (aggregate, value) => short(`${aggregate}-${value}`),
      value: string,
    })
  }

  #tableOf(current: TextStream | TextTable): TextTable {
    if (current instanceof Table) return current
    return current.toTable(this.#name('table'), { key: string, value: string })
  }

  /** A table whose values can be looked up: those of some operators must be kept for it. */
  #lookedUp(current: TextStream | TextTable): TextTable {
    const table = this.#tableOf(current)
    if (table.stage.lookup !== undefined) return table
    return table.mapValues(value => value, { store: this.#name('kept'), value: string })
  }

  #together(one: TextStream | TextTable, two: TextStream | TextTable) {
    return this.#grouped(streamOf(one))
      .cogroup((aggregate: string, text) => short(`${aggregate}L${text}`))
      .cogroup(this.#grouped(streamOf(two)), (aggregate, text) => short(`${aggregate}R${text}`))
  }

  #meet(one: TextStream | TextTable, two: TextStream | TextTable, meeting: Meeting): TextStream | TextTable {
    const { how } = meeting
    const name = this.#name('meeting')
    const value = { value: string }
    switch (meeting.kind) {
      case 'merge':
        return streamOf(one)
          .merge(streamOf(two))
          .mapValues(text => text, { value: nullable(string) })
      case 'cogroup':
        return this.#together(one, two).aggregate(name, { init: () => '', value: string })
      case 'windowed-cogroup': {
        const { beforeMs, afterMs: gapMs, graceMs } = meeting
        const options = { grace: graceMs, late: this.#output(`${name}-late`) }
        const made = { init: () => '', value: string }
        const together = this.#together(one, two)
        const step: WindowStep = {
          kind: 'window',
          windows: 'session',
          sizeMs: 1,
          advanceMs: 1,
          graceMs,
          shown: shownBy[how],
        }
        if (beforeMs === 0) {
          const merge = (a: string, b: string) => short(`${a}&${b}`)
          return this.#shown(together.windowed(session(gapMs, options)).aggregate(name, { ...made, merge }), step)
        }
        const windows = gapMs === 0 ? sliding(beforeMs, options) : tumbling(beforeMs, options)
        return this.#shown(together.windowed(windows).aggregate(name, made), step)
      }
      case 'streams': {
        const { beforeMs: before, afterMs: after, graceMs: grace } = meeting
        const options = { name, within: { before, after }, grace, value: nullable(string) }
        const [left, right] = [streamOf(one), streamOf(two)]
        if (how === 'inner') return left.join(right, options, joined)
        return how === 'left' ? left.leftJoin(right, options, joined) : left.outerJoin(right, options, joined)
      }
      case 'stream-table': {
        const table = this.#lookedUp(two)
        const options = { name, value: nullable(string) }
        if (how === 'inner') return streamOf(one).joinTable(table, joined, options)
        return streamOf(one).leftJoinTable(table, joined, options)
      }
      case 'tables': {
        const [left, right] = [this.#lookedUp(one), this.#lookedUp(two)]
        if (how === 'inner') return left.join(right, joined, value)
        return how === 'left' ? left.leftJoin(right, joined, value) : left.outerJoin(right, joined, value)
      }
      case 'foreign-key': {
        const [left, right] = [this.#lookedUp(one), this.#lookedUp(two)]
        const options = { name, on: (text: string) => text.charAt(0).toUpperCase(), value: string }
        return how === 'inner'
          ? left.joinForeignKey(right, options, joined)
          : left.leftJoinForeignKey(right, options, joined)
      }
    }
  }
}

/** The way windows emit, chosen by a draft that windows do not use otherwise. */
const shownBy = { inner: 'each', left: 'closed', outer: 'suppressed' } as const

function streamOf(current: TextStream | TextTable): TextStream {
  return current instanceof Table ? current.toStream().mapValues(value => value, { value: nullable(string) }) : current
}
