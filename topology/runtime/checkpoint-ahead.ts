import type { TopicPartition } from '../broker/port.ts'
import { TopologyError } from '../definition/errors.ts'

/** A table that holds more than its changelog, found when a task opens or when it commits. Units: changelog offsets. */
export function checkpointAhead(store: string, at: TopicPartition, checkpoint: number, end: number): TopologyError {
  const { topic, partition } = at
  return new TopologyError(
    'CHECKPOINT_AHEAD',
    `the table of store '${store}', partition ${partition}, holds its changelog up to offset ${checkpoint}, but topic '${topic}' ends at ${end}: it is another cluster's table, or the topic was truncated or made anew. Look which it is: another cluster's, point the worker at the right cluster or database; else the table may be the only copy, so dump it before any 'millrace state wipe ${store}', which loses the rows that the topic lacks (ops/runbooks/worker-stopped.md)`,
    { context: { store, topic, partition, checkpoint, end } },
  )
}
