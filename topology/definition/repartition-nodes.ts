import type { TopologyBuilder } from './builder.ts'
import type { SourceLocation } from './definition.ts'
import { ProcessorError } from './errors.ts'
import type { RepartitionProcessor } from './processor.ts'
import { isPromise } from './record.ts'

/**
 * Adds a declared repartition: a source, a node that sets the key, and a sink to the other topic; a sub-topology of its
 * own, so that it can be scaled alone.
 */
export function addRepartition(builder: TopologyBuilder, repartition: RepartitionProcessor, at?: SourceLocation): void {
  const { name, from, to, by } = repartition
  const shared = { subtopology: name, ...(at && { at }) }
  const [source, sink] = [`${name}/streams/${from.name}`, `${name}/sinks/${to.name}`]
  builder.addTopic(from)
  builder.addTopic(to)
  builder.addNode({ kind: 'source', name: source, topics: [from.name], role: 'stream', ...shared })
  builder.addNode({
    ...shared,
    kind: 'process',
    name,
    operator: 'repartition',
    parents: [source],
    stores: [],
    functions: [by],
    create: context => ({
      process(record) {
        const key: unknown = by(record)
        if (!isPromise(key)) return context.forward({ ...record, key })
        // The record fails with the error below, whatever comes of the promise.
        key.catch(() => undefined)
        throw new ProcessorError(
          'PROCESS_FAILED',
          `the key of repartition '${name}' is a promise, which is never awaited: give it a function that returns the key at once`,
        )
      },
    }),
  })
  builder.addNode({ kind: 'sink', name: sink, parents: [name], topic: to.name, ...shared })
}
