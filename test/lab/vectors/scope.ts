import { nullable } from '../../../topology/definition/serdes/nullable.ts'
import { int64, string } from '../../../topology/definition/serdes/primitives.ts'
import { type Topic, topic } from '../../../topology/definition/topic.ts'
import type { GroupedStream } from '../../../topology/dsl/streams/grouped-stream.ts'
import type { Stream } from '../../../topology/dsl/streams/stream.ts'
import type { TopologyScope } from '../../../topology/dsl/topology.ts'
import type { Windowed } from '../../../topology/dsl/windows/windowed.ts'
import { tumbling } from '../../../topology/dsl/windows/windows.ts'
import { parameter, type VectorCase } from './case.ts'

/** A value of the vectors. */
export type Text = string | null
/** A topic of texts. */
export type TextTopic = Topic<string, Text, Text>
type Params = VectorCase['params']

// Event times of the cases begin at 0: a broker would delete records of 1970 soon.
const kept = { partitions: 1, config: { 'retention.ms': '-1' } }
const text = { key: nullable(string), value: nullable(string), ...kept }

/** The topics of the vectors. */
export type VectorTopics = ReturnType<typeof vectorTopics>

/** The topics, with names that begin with the prefix. `counts` is topic `out` for the kinds that count. */
export function vectorTopics(prefix = '') {
  return {
    input: topic(`${prefix}in`, text),
    left: topic(`${prefix}left`, text),
    right: topic(`${prefix}right`, text),
    out: topic(`${prefix}out`, text),
    counts: topic(`${prefix}out`, { key: nullable(string), value: nullable(int64), ...kept }),
  } as const
}

/** The parts from which a kind's topology is made. */
export interface VectorScope extends VectorTopics {
  readonly t: TopologyScope
  readonly params: Params
}

/** Declares the topology of a kind. */
export type Kind = (v: VectorScope) => void

/** Windowed keys as the vectors write them. Shape: `A@0/11`. */
const windowName = (window: Windowed<string>) => `${window.key}@${window.start}/${window.end}`
/** The records of windows under their names. */
export const named = <V>(stream: Stream<Windowed<string>, V>) => stream.selectKey((_, window) => windowName(window))
/** The last character of a value. */
export const lastCharacter = (value: string) => value.slice(-1)
/** The joiner of all kinds. */
export const join = (one: Text, two: Text) => `${one}-${two}`
/** The records of topic `in` by key. */
export const byKey = (v: VectorScope): GroupedStream<string, Text> => v.t.stream(v.input).groupByKey()

/** The span of a join of streams. */
export const within = (params: Params) => ({
  within: { before: parameter(params, 'beforeMs'), after: parameter(params, 'afterMs') },
  grace: parameter(params, 'graceMs'),
})
/** The grace of windows. */
export const grace = (params: Params) => ({ grace: parameter(params, 'graceMs') })
/** Tumbling windows. */
export const tumblingOf = (params: Params) => tumbling(parameter(params, 'sizeMs'), grace(params))
/** Topics `left` and `right` as tables. */
export const tables = (v: VectorScope) => [v.t.table(v.left, 'left-table'), v.t.table(v.right, 'right-table')] as const
/** The key of the right table in a value of the left one; null where there is none. */
export const foreignKey = {
  name: 'foreign',
  on: (value: string) => (value.includes(':') ? value.slice(0, value.indexOf(':')) : null),
}
/** The key of `rekey-stream-join-inner`. */
export const parity = (value: Text) => (Number(value?.at(-1)) % 2 === 0 ? 'even' : 'odd')
