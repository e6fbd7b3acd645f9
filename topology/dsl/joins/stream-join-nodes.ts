import { refuse } from '../../definition/collected-errors.ts'
import { type Duration, durationMs, signedDurationMs } from '../../definition/duration.ts'
import { TopologyError } from '../../definition/errors.ts'
import type { Serde } from '../../definition/serde.ts'
import type { AnyTopic } from '../../definition/topic.ts'
import { isAbsent } from '../change.ts'
import { clockStore } from '../clock.ts'
import { passOn } from '../late-output.ts'
import { requireSerde } from '../plan.ts'
import type { StreamStage } from '../stage.ts'
import { repartitioned } from '../streams/repartition.ts'
import { joinWindow, unmatchedRecords } from './join-stores.ts'
import { type StreamJoin, streamJoin } from './stream-join.ts'
import type { Joiner, JoinKind } from './table-join.ts'

/** The options of a join of two streams, besides the joiner. */
export interface StreamJoinOptions<R, L extends AnyTopic = never> {
  /** Names its stores: `<name>-left`, `<name>-right`, and its repartition topics likewise. */
  readonly name: string
  /**
   * The distance in time that two records may have; or that a right one may have before and after its left one. One of these may be
   * negative: `{ before: '-1m', after: '5m' }` asks for a right one that is at least a minute, at most five, after.
   */
  readonly within: Duration | { readonly before: Duration; readonly after: Duration }
  /** The time after its window during which late records still count. Unset: none. */
  readonly grace?: Duration
  /** The topic for records of either side that came too late to be joined. Unset: they are counted and left out. */
  readonly late?: L
  /** Serde of the results, where a store or repartition topic must write them. */
  readonly value?: Serde<R>
}

/** Errors: TopologyError CONFIG_INVALID, TOPOLOGY_INVALID when it ends before it begins. */
function spanOf(name: string, within: StreamJoinOptions<unknown, AnyTopic>['within']) {
  if (typeof within !== 'object') return { beforeMs: durationMs(within), afterMs: durationMs(within) }
  const [beforeMs, afterMs] = [signedDurationMs(within.before), signedDurationMs(within.after)]
  if (beforeMs + afterMs >= 0) return { beforeMs, afterMs }
  refuse(
    new TopologyError(
      'TOPOLOGY_INVALID',
      `join '${name}' looks from ${within.before} before to ${within.after} after, which ends before it begins: let the two add up to 0 or more`,
    ),
  )
  return { beforeMs: 0, afterMs: 0 }
}

/** Adds the stores and nodes of a join of two streams; partitions them anew where their keys were changed. */
export function addStreamJoin<K, V, V2, R>(
  kind: JoinKind,
  leftStage: StreamStage<K, V>,
  rightStage: StreamStage<K, V2>,
  options: StreamJoinOptions<R, AnyTopic>,
  joiner: Joiner,
): StreamStage<K, R> {
  const { name, within, grace = 0, late } = options
  const { plan } = leftStage
  const key = requireSerde(leftStage.key ?? rightStage.key, 'key', name, leftStage.node)
  const left = repartitioned({ ...leftStage, key }, `${name}-left`)
  const right = repartitioned({ ...rightStage, key }, `${name}-right`)
  const span = { ...spanOf(name, within), graceMs: durationMs(grace) }
  const retentionMs = span.beforeMs + span.afterMs + span.graceMs
  const leftValue = requireSerde(left.value, 'value', name, left.node)
  const rightValue = requireSerde(right.value, 'value', name, right.node)
  const join: StreamJoin = {
    ...span,
    kind,
    joiner,
    windows: {
      left: joinWindow(`${name}-left`, key, leftValue, retentionMs),
      right: joinWindow(`${name}-right`, key, rightValue, retentionMs),
    },
    unmatched: {
      ...(kind !== 'inner' && { left: unmatchedRecords(`${name}-left-unmatched`, key, leftValue) }),
      ...(kind === 'outer' && { right: unmatchedRecords(`${name}-right-unmatched`, key, rightValue) }),
    },
    clock: clockStore(name),
    outlets: late ? { results: name, late: `${name}/late` } : { results: undefined, late: undefined },
  }
  const stores = [join.windows.left, join.windows.right, join.unmatched.left, join.unmatched.right, join.clock]
  const used = stores.filter(store => store !== undefined)
  for (const store of used) plan.builder.addStore(store)
  const side = (of: 'left' | 'right', parent: string) =>
    plan.process({
      name: `${name}/${of}`,
      operator: `${kind}-join`,
      parents: [parent],
      stores: used.map(store => store.name),
      parameters: { ...span },
      functions: [joiner],
      prefetch: record =>
        isAbsent(record.key)
          ? {}
          : { [join.windows.left.name]: [[record.key]], [join.windows.right.name]: [[record.key]] },
      create: streamJoin(join, of),
    })
  const parents = [side('left', left.node), side('right', right.node)]
  plan.process({ name, operator: 'join-results', parents, create: passOn })
  if (late) {
    plan.builder.addTopic(late)
    plan.builder.addNode({
      kind: 'sink',
      name: `${name}/late`,
      parents,
      topic: late.name,
      ...plan.failureOf(`${name}/late`, parents),
    })
  }
  return { plan, node: name, key, value: options.value, rekeyed: false }
}
