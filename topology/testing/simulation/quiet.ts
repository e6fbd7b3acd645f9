import { type Broker, partitionKey, type TopicPartition } from '../../broker/port.ts'
import type { TopologyGraph } from '../../definition/graph.ts'
import type { SimulatedProcess } from './process.ts'

/**
 * The reason why a run is not at rest yet; undefined when every task has one owner that has processed, committed and
 * applied all.
 */
export async function restlessness(
  graph: TopologyGraph,
  broker: Broker,
  processes: readonly (SimulatedProcess | undefined)[],
): Promise<string | undefined> {
  const tasks = processes.flatMap(process => (process?.alive ? process.worker.status() : []))
  for (const { task, state, lag, unapplied } of tasks)
    if (state !== 'running' || lag !== 0 || unapplied > 0)
      return `task ${task} is ${state}, lag ${lag}, ${unapplied} commits unapplied`
  const owned = new Set(tasks.map(({ task }) => task))
  if (owned.size < tasks.length) return 'a task has two owners'
  for (const sub of graph.subtopologies) {
    const specs = await broker.admin.describeTopics([...sub.inputs])
    const count = Math.max(...specs.map(({ partitions }) => partitions))
    for (let partition = 0; partition < count; partition++)
      if (!owned.has(`${sub.name}_${partition}`)) return `task ${sub.name}_${partition} has no owner`
    const at: TopicPartition[] = specs.flatMap(({ name, partitions }) =>
      Array.from({ length: partitions }, (_, partition) => ({ topic: name, partition })),
    )
    const ends = await broker.admin.listOffsets(at, 'latest')
    const offsets = await broker.admin.committedOffsets(sub.group, at)
    for (const [index, { topic, partition }] of at.entries()) {
      const offset = offsets[index]?.offset ?? 0
      if (offset < ends[index]!)
        return `group ${sub.group} is at offset ${offset} of ${partitionKey(topic, partition)}, which ends at ${ends[index]}`
    }
  }
  return undefined
}
