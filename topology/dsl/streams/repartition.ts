import { refuse } from '../../definition/collected-errors.ts'
import { TopologyError } from '../../definition/errors.ts'
import { chain } from '../../definition/record.ts'
import type { Serde } from '../../definition/serde.ts'
import { isAbsent } from '../change.ts'
import { type RepartitionOptions, requireSerde } from '../plan.ts'
import type { StreamStage } from '../stage.ts'

/**
 * The stream partitioned by its key: itself when the key was not changed, else behind an internal topic of that name.
 * Errors: TopologyError TOPOLOGY_INVALID when the topic has no name, or a serde is not known.
 */
export function repartitioned<K, V>(
  stage: StreamStage<K, V>,
  name: string | undefined,
  options: Pick<RepartitionOptions, 'partitions' | 'subtopology' | 'partitioner'> = {},
): StreamStage<K, V> {
  if (!stage.rekeyed) return stage
  if (name === undefined) {
    refuse(
      new TopologyError(
        'TOPOLOGY_INVALID',
        `the stream after '${stage.node}' must be partitioned by its new key, through a topic that owns data: give the operator { name: '...' }`,
      ),
    )
    return { ...stage, rekeyed: false }
  }
  const node = stage.plan.repartition(name, {
    parents: [stage.node],
    key: requireSerde(stage.key, 'key', name, stage.node),
    value: requireSerde(stage.value, 'value', name, stage.node),
    ...options,
  })
  return { ...stage, node, rekeyed: false }
}

/**
 * As `repartitioned`, for streams that are kept by key: records without a key are left out before they are written, and a null
 * value is written. Source: `KStreamImpl.createRepartitionedSource` of Kafka Streams.
 */
export function repartitionedByKey<K, V>(stage: StreamStage<K, V>, name: string): StreamStage<K, V> {
  if (!stage.rekeyed) return stage
  const key = requireSerde(stage.key, 'key', name, stage.node)
  const value = requireSerde(stage.value, 'value', name, stage.node)
  const node = stage.plan.stateless(stage.node, 'keyed', undefined, context => ({
    process: record => (isAbsent(record.key) ? context.skip('null-key') : context.forward(record)),
  }))
  return { ...repartitioned({ ...stage, node, key, value: withTombstones(value) }, name), value }
}

/** Writes null as null, even if the serde would write it otherwise. */
function withTombstones<T>(serde: Serde<T>): Serde<T> {
  return {
    ...serde,
    bind: binding =>
      chain(serde.bind(binding), codec => ({
        encode: value => (isAbsent(value) ? null : codec.encode(value)),
        decode: bytes => (bytes === null ? (null as T) : codec.decode(bytes)),
      })),
  }
}
