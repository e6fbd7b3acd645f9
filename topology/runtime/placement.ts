import type { RawRecord } from '../broker/port.ts'
import type { TaskId } from '../definition/definition.ts'
import { SerdeError } from '../definition/errors.ts'
import { isInternalTopic } from '../definition/naming.ts'
import { partitionOf } from './partitioner.ts'
import type { ProcessingEnvironment } from './task-environment.ts'

/** Looks at the partition of a record before it is decoded. Errors: SerdeError WRONG_PARTITION where the topic says so. */
export type PlacementCheck = (raw: RawRecord) => void

/**
 * Notices records on a partition that Kafka's default partitioner would not give their key: another producer wrote them with a
 * partitioner of its own, so that rows of one key lie in two tasks and joins miss each other. Topics of one partition and those
 * with `misplaced: 'ignore'` are not looked at, nor, unless `misplaced` is said, those that the application writes itself.
 */
export function placementCheck(task: TaskId, { graph, metrics, partitionsOf }: ProcessingEnvironment): PlacementCheck {
  const written = new Set(graph.subtopologies.flatMap(sub => sub.sinks.map(sink => sink.topic)))
  const checked = new Map<string, { readonly count: number; readonly refuse: boolean }>()
  for (const { name, misplaced } of graph.topics.values()) {
    const own = written.has(name) && misplaced === undefined
    if (misplaced === 'ignore' || own || isInternalTopic(graph.definition.name, name)) continue
    checked.set(name, { count: partitionsOf(name), refuse: misplaced === 'dead-letter' })
  }
  return ({ topic, partition, key }) => {
    const known = checked.get(topic)
    if (known === undefined || known.count <= 1 || key === null) return
    const expected = partitionOf(key, known.count)
    if (expected === partition) return
    metrics.misplaced?.(task, topic)
    if (!known.refuse) return
    throw new SerdeError(
      'WRONG_PARTITION',
      `a record of topic '${topic}' is on partition ${partition}, and its key belongs on ${expected}: write it with Kafka's default partitioner (murmur2)`,
    )
  }
}
