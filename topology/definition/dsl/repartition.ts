import { TopologyError } from '../errors.ts'
import { type RepartitionOptions, requireSerde } from './plan.ts'
import type { StreamStage } from './stage.ts'

/**
 * The stream partitioned by its key: itself when the key was not changed, else behind an internal topic of that name.
 * Errors: TopologyError TOPOLOGY_INVALID when the topic has no name, or a serde is not known.
 */
export function repartitioned<K, V>(
  stage: StreamStage<K, V>,
  name: string | undefined,
  options: Pick<RepartitionOptions, 'partitions' | 'subtopology'> = {},
): StreamStage<K, V> {
  if (!stage.rekeyed) return stage
  if (name === undefined)
    throw new TopologyError(
      'TOPOLOGY_INVALID',
      `the stream after '${stage.node}' must be partitioned by its new key, through a topic that owns data: give the operator { name: '...' }`,
    )
  const node = stage.plan.repartition(name, {
    parents: [stage.node],
    key: requireSerde(stage.key, 'key', name, stage.node),
    value: requireSerde(stage.value, 'value', name, stage.node),
    ...options,
  })
  return { ...stage, node, rekeyed: false }
}
