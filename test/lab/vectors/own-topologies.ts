import { string } from '../../../topology/definition/serdes/primitives.ts'
import { hopping, session, sliding } from '../../../topology/dsl/windows/windows.ts'
import { parameter, type VectorCase } from './case.ts'
import { byKey, grace, join, type Kind, named, tumblingOf, type VectorScope } from './scope.ts'

/*
 * Kinds of our own, for operators that the published ones leave out. VectorTopologies.java has the same for Kafka Streams.
 */

type Params = VectorCase['params']

const hoppingOf = (params: Params) =>
  hopping(parameter(params, 'sizeMs'), parameter(params, 'advanceMs'), grace(params))
const slidingOf = (params: Params) => sliding(parameter(params, 'timeDifferenceMs'), grace(params))
const sessionsOf = (params: Params) => session(parameter(params, 'inactivityGapMs'), grace(params))
const both = (v: VectorScope) =>
  v.t
    .stream(v.left)
    .groupByKey()
    .cogroup((aggregate: string, value) => `${aggregate}L${value}`)
    .cogroup(v.t.stream(v.right).groupByKey(), (aggregate, value) => `${aggregate}R${value}`)
const versionedOf = (v: VectorScope) =>
  v.t.table(v.right, 'right-table', { history: parameter(v.params, 'historyRetentionMs') })
const bufferOf = (params: Params) => ({ name: 'held', grace: parameter(params, 'graceMs') })
const text = { init: () => '', value: string }
const closing = { name: 'closing' }

/** Kinds that write numbers. */
export const ownCounting: Readonly<Record<string, Kind>> = {
  'hopping-emit-on-close': v => named(byKey(v).windowed(hoppingOf(v.params)).count('counts').onClose()).to(v.counts),
  'sliding-emit-on-close': v => named(byKey(v).windowed(slidingOf(v.params)).count('counts').onClose()).to(v.counts),
  'suppress-time-limit-emit-early': v =>
    byKey(v)
      .count('counts')
      .suppress({
        name: 'held-back',
        every: parameter(v.params, 'untilTimeLimitMs'),
        limit: { keys: parameter(v.params, 'maxRecords'), then: 'emit-early' },
      })
      .toStream()
      .to(v.counts),
  'session-emit-on-close': v => named(byKey(v).windowed(sessionsOf(v.params)).count('counts').onClose()).to(v.counts),
}

/** Kinds that write text. */
export const ownConcatenating: Readonly<Record<string, Kind>> = {
  'cogroup-tumbling': v => named(both(v).windowed(tumblingOf(v.params)).aggregate('both', text).toStream()).to(v.out),
  'cogroup-hopping': v => named(both(v).windowed(hoppingOf(v.params)).aggregate('both', text).toStream()).to(v.out),
  'cogroup-sliding': v => named(both(v).windowed(slidingOf(v.params)).aggregate('both', text).toStream()).to(v.out),
  'cogroup-session': v =>
    named(
      both(v)
        .windowed(sessionsOf(v.params))
        .aggregate('both', { ...text, merge: (one, two) => `${one}&${two}` })
        .toStream(),
    ).to(v.out),
  'cogroup-tumbling-suppress-final': v =>
    named(both(v).windowed(tumblingOf(v.params)).aggregate('both', text).suppressUntilClose(closing).toStream()).to(
      v.out,
    ),
  'stream-versioned-table-grace-inner': v =>
    v.t
      .stream(v.left)
      .joinTable(versionedOf(v), join, { buffer: bufferOf(v.params) })
      .to(v.out),
  'stream-versioned-table-grace-left': v =>
    v.t
      .stream(v.left)
      .leftJoinTable(versionedOf(v), join, { buffer: bufferOf(v.params) })
      .to(v.out),
  'stream-versioned-table-inner': v => v.t.stream(v.left).joinTable(versionedOf(v), join).to(v.out),
}
