import { seededRandom } from '../../../topology/testing/random.ts'
import type { VectorCase } from './case.ts'
import type { OpenCase } from './oracle.ts'
import { type InputRules, randomInputs } from './random-inputs.ts'
import { ownKinds, vectorKinds } from './topologies.ts'

type Params = VectorCase['params']
type Random = () => number

const recordsOfACase = 60

/** Kinds whose topologies look at a value's first or last character. */
const withoutEmptyValues = [
  'stateless',
  'rekey-count',
  'rekey-stream-join-inner',
  'table-regroup-count',
  'table-regroup-aggregate',
]

/** `count` cases of each kind with seeded parameters and inputs. Another number of kinds or cases does not change the rest. */
export function randomCases(
  count: number,
  seed: number,
  kinds = [...vectorKinds(), ...ownKinds()],
): readonly OpenCase[] {
  return kinds.flatMap(kind =>
    Array.from({ length: count }, (_, index) => {
      const name = `${kind}-${seed}.${index + 1}`
      const random = seededRandom(hash(name))
      const params = randomParams(kind, random)
      return { name, kind, params, steps: randomInputs(random, rulesOf(kind), recordsOfACase) }
    }),
  )
}

function rulesOf(kind: string): InputRules {
  const two = /join|stream-|table-table|cogroup/.test(kind)
  const topics = two ? ['left', 'right'] : ['in']
  const foreignKeys = kind.includes('foreign-key')
  // An empty right value is null after Kafka Streams has sent it to the left table's task.
  const emptyValues = foreignKeys ? ['left'] : withoutEmptyValues.includes(kind) ? [] : topics
  // Kafka Streams says that a windowed cogroup leaves null values out, and aggregates them.
  const nullValues = !/^cogroup-(tumbling|hopping|session)/.test(kind)
  // Kafka Streams fails on a null key in a left join with a grace.
  const nullKeys = kind !== 'stream-versioned-table-grace-left'
  return { topics, foreignKeys, emptyValues, nullValues, nullKeys }
}

function randomParams(kind: string, random: Random): Params {
  const from = (low: number, high: number) => low + Math.floor(random() * (high - low + 1))
  const pick = <T>(list: readonly T[]) => list[Math.floor(random() * list.length)] as T
  const length = (least: number, longest = 90_000) =>
    pick([from(least, 4), from(5, 30), from(5, 30), from(31, 200), from(1_000, longest)])
  const graceMs = pick([0, 0, from(1, 5), from(5, 30), 5_000, 100_000])
  if (/tumbling|hopping/.test(kind)) {
    const sizeMs = length(1)
    // A window that begins every ms of a long size is one of very many for each record.
    const least = Math.max(1, Math.ceil(sizeMs / 30))
    return { sizeMs, ...(kind.includes('hopping') && { advanceMs: from(least, sizeMs) }), graceMs }
  }
  if (kind.includes('sliding')) return { timeDifferenceMs: length(1), graceMs }
  // Kafka Streams' cache of sessions fails ("segment interval has changed") on gaps above its segments of a minute.
  if (kind.includes('session')) return { inactivityGapMs: length(1, 50_000), graceMs }
  if (kind === 'suppress-time-limit') return { untilTimeLimitMs: length(0) }
  if (kind === 'suppress-time-limit-emit-early') return { untilTimeLimitMs: length(0), maxRecords: from(1, 4) }
  if (kind.startsWith('stream-stream-') || kind === 'rekey-stream-join-inner') {
    const afterMs = pick([0, length(0), length(0)])
    return { beforeMs: pick([0, length(0), -from(0, afterMs)]), afterMs, graceMs }
  }
  if (kind.startsWith('stream-versioned-table-grace-')) {
    const historyRetentionMs = pick([0, 40, length(1)])
    return { historyRetentionMs, graceMs: from(0, historyRetentionMs) }
  }
  if (kind.startsWith('stream-versioned-table-')) return { historyRetentionMs: pick([0, 40, length(1)]) }
  return {}
}

/** FNV-1a. */
function hash(text: string): number {
  let state = 0x811c9dc5
  for (let at = 0; at < text.length; at++) state = Math.imul(state ^ text.charCodeAt(at), 0x01000193)
  return state >>> 0
}
