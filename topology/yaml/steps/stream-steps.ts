import type { Duration } from '../../definition/duration.ts'
import { TopologyError } from '../../definition/errors.ts'
import type { Serde } from '../../definition/serde.ts'
import type { YamlValue } from '../document.ts'
import { readFunction } from '../values.ts'
import type { AnyKey, Fields, ModuleFunction, StepReading } from './fields.ts'
import { Branches, given, policyStep, type Stages, type Steps, step } from './step.ts'

type Stream = Stages['stream']

const by = { by: 'function' } as const
const joinFields = {
  stream: 'stream',
  by: 'function',
  name: 'text',
  within: 'within',
  grace: 'duration?',
  value: 'serde?',
} as const satisfies Fields
const tableJoin = {
  table: 'table',
  by: 'function',
  name: 'text?',
  value: 'serde?',
  buffer: 'text?',
  grace: 'duration?',
} as const satisfies Fields
const globalJoin = { table: 'global', key: 'function', by: 'function', value: 'serde?' } as const satisfies Fields
const bothSerdes = { by: 'function', key: 'serde?', value: 'serde?' } as const satisfies Fields
const valueSerde = { by: 'function', value: 'serde?' } as const satisfies Fields

/** The steps that can follow a stream. */
export const streamSteps: Steps = {
  filter: step(by, (stream: Stream, values) => stream.filter(values.by)),
  'filter-not': step(by, (stream: Stream, values) => stream.filterNot(values.by)),
  map: step(bothSerdes, (stream: Stream, { by, ...made }) => stream.map(by, given(made))),
  'map-values': step(valueSerde, (stream: Stream, { by, ...made }) => stream.mapValues(by, given(made))),
  'flat-map': step(bothSerdes, (stream: Stream, { by, ...made }) => stream.flatMap(by, given(made))),
  'flat-map-values': step(valueSerde, (stream: Stream, { by, ...made }) => stream.flatMapValues(by, given(made))),
  'select-key': step({ by: 'function', key: 'serde?' }, (stream: Stream, { by, ...made }) =>
    stream.selectKey(by, given(made)),
  ),
  'map-headers': step(by, (stream: Stream, values) => stream.mapHeaders(values.by)),
  'on-error': policyStep((stream: Stream, policy) => stream.onError(policy)),
  peek: step(by, (stream: Stream, values) => stream.peek(values.by)),
  'for-each': step(by, (stream: Stream, values) => {
    stream.forEach(values.by)
    return stream
  }),
  merge: step({ stream: 'stream' }, (stream: Stream, values) => stream.merge(values.stream)),
  repartition: step(
    {
      name: 'text',
      partitions: 'count?',
      key: 'serde?',
      value: 'serde?',
      subtopology: 'text?',
      partitioner: 'function?',
    },
    (stream: Stream, { name, ...options }) => stream.repartition({ name, ...given(options) }),
  ),
  to: step({ topic: 'topic', partitioner: 'function?' }, (stream: Stream, { topic, ...options }) => {
    stream.to(topic, given(options))
    return stream
  }),
  through: step({ topic: 'topic', partitioner: 'function?' }, (stream: Stream, { topic, ...options }) =>
    stream.through(topic, given(options)),
  ),
  'to-one-of': step(
    { topics: 'topics', by: 'function', partitioner: 'function?' },
    (stream: Stream, { topics, by, ...options }) => {
      stream.toOneOf(topics, by, given(options))
      return stream
    },
  ),
  process: step({ operator: 'operator' }, (stream: Stream, { operator }) =>
    stream.process(operator as typeof operator & { readonly key: Serde<AnyKey> }),
  ),
  'process-values': step({ operator: 'operator' }, (stream: Stream, { operator }) => stream.processValues(operator)),
  split: {
    fields: {},
    namesFunctions: true,
    check: readBranches,
    async apply(stage, reading, argument, what) {
      const tests = await readBranches(reading, argument, what)
      return tests && new Branches((stage as Stream).split(tests))
    },
  },
  'to-table': step({ store: 'text', key: 'serde?', value: 'serde?' }, (stream: Stream, { store, ...made }) =>
    stream.toTable(store, given(made)),
  ),
  'group-by-key': step({ name: 'text?', key: 'serde?', value: 'serde?' }, (stream: Stream, options) =>
    stream.groupByKey(given(options)),
  ),
  'group-by': step(
    { by: 'function', name: 'text', key: 'serde', value: 'serde?' },
    (stream: Stream, { by, name, key, value }) => stream.groupBy(by, { name, key, ...given({ value }) }),
  ),
  join: step(joinFields, (left: Stream, { stream, by, ...options }) => left.join(stream, joinOptions(options), by)),
  'left-join': step(joinFields, (left: Stream, { stream, by, ...options }) =>
    left.leftJoin(stream, joinOptions(options), by),
  ),
  'outer-join': step(joinFields, (left: Stream, { stream, by, ...options }) =>
    left.outerJoin(stream, joinOptions(options), by),
  ),
  'join-table': step(tableJoin, (stream: Stream, { table, by, ...options }) =>
    stream.joinTable(table, by, tableJoinOptions(options)),
  ),
  'left-join-table': step(tableJoin, (stream: Stream, { table, by, ...options }) =>
    stream.leftJoinTable(table, by, tableJoinOptions(options)),
  ),
  'join-global': step(globalJoin, (stream: Stream, { table, key, by, ...made }) =>
    stream.joinGlobal(table, key, by, given(made)),
  ),
  'left-join-global': step(globalJoin, (stream: Stream, { table, key, by, ...made }) =>
    stream.leftJoinGlobal(table, key, by, given(made)),
  ),
}

async function readBranches(reading: StepReading, argument: YamlValue, what: string) {
  const branches = reading.document.fields(argument, what)
  if (!branches) return undefined
  const tests = new Map<string, ModuleFunction>()
  for (const branch of branches) {
    const test = await readFunction(reading, branch, `branch '${branch.key}' of ${what}`)
    if (test) tests.set(branch.key, test as ModuleFunction)
  }
  return Object.fromEntries(tests)
}

function joinOptions<N, W, G, V>({ name, within, ...rest }: { name: N; within: W; grace: G; value: V }) {
  return { name, within, ...given(rest) }
}

function tableJoinOptions<N, V>(options: {
  name: N
  value: V
  buffer: string | undefined
  grace: Duration | undefined
}) {
  const { buffer, grace, ...rest } = options
  if (buffer === undefined && grace === undefined) return given(rest)
  if (buffer === undefined || grace === undefined)
    throw new TopologyError(
      'TOPOLOGY_INVALID',
      "a join waits for its table with 'buffer', the name of a store, and 'grace' together: write both or neither",
    )
  return { ...given(rest), buffer: { name: buffer, grace } }
}
