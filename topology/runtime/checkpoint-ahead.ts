import type { TopicPartition } from '../broker/port.ts'
import { TopologyError } from '../definition/errors.ts'

/** A table that holds more than its changelog, found when a task opens or when it commits. Units: changelog offsets. */
export function checkpointAhead(store: string, at: TopicPartition, checkpoint: number, end: number): TopologyError {
  const { topic, partition } = at
  return new TopologyError(
    'CHECKPOINT_AHEAD',
    `the table of store '${store}', partition ${partition}, holds its changelog up to offset ${checkpoint}, but topic '${topic}' ends at ${end}: it is another cluster's table, or the topic was truncated or made anew. Point the worker at the right cluster or database, or wipe the table with 'millrace state wipe ${store}'`,
    { context: { store, topic, partition, checkpoint, end } },
  )
}
