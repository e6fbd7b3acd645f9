import type { Broker, TopicPartition } from '../../broker/port.ts'
import type { TopologyGraph } from '../../definition/graph.ts'
import type { SimulatedProcess } from './process.ts'

/** Whether every task has one owner that has processed, committed and applied everything there is. */
export async function isQuiet(
  graph: TopologyGraph,
  broker: Broker,
  processes: readonly (SimulatedProcess | undefined)[],
): Promise<boolean> {
  const tasks = processes.flatMap(process => (process?.alive ? process.worker.status() : []))
  if (tasks.some(task => task.state !== 'running' || task.lag !== 0 || task.unapplied > 0)) return false
  const owned = tasks.map(({ task }) => task)
  if (new Set(owned).size !== owned.length) return false
  for (const sub of graph.subtopologies) {
    const specs = await broker.admin.describeTopics([...sub.inputs])
    const at: TopicPartition[] = specs.flatMap(({ name, partitions }) =>
      Array.from({ length: partitions }, (_, partition) => ({ topic: name, partition })),
    )
    const ends = await broker.admin.listOffsets(at, 'latest')
    const offsets = await broker.admin.committedOffsets(sub.group, at)
    if (at.some((_, index) => (offsets[index]?.offset ?? 0) < (ends[index] as number))) return false
    const count = Math.max(...specs.map(({ partitions }) => partitions))
    for (let partition = 0; partition < count; partition++)
      if (!owned.includes(`${sub.name}_${partition}`)) return false
  }
  return true
}
