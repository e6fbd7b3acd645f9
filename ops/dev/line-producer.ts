import type { Parts } from '../../topology/app/connections.ts'
import { RecordSender } from '../../topology/app/record-sender.ts'
import { messageOf } from '../../topology/definition/errors.ts'
import type { TopologyGraph } from '../../topology/definition/graph.ts'
import { didYouMean } from '../../topology/definition/suggestion.ts'
import { fromJson } from './json-values.ts'

/** Produces typed lines to the topics of a topology. */
export class LineProducer {
  readonly #graph: TopologyGraph
  readonly #sender: RecordSender

  constructor(graph: TopologyGraph, parts: Parts) {
    this.#graph = graph
    this.#sender = new RecordSender(parts)
  }

  /**
   * Produces one line, `<topic> <key> <value as JSON>`; the word `produce` may stand before it. A key with spaces stands in
   * double quotes. Errors: Error, with what the line should be.
   */
  async produce(line: string): Promise<void> {
    const { topic: name, key, value } = parseLine(line)
    const topic = this.#graph.topics.get(name)
    if (topic === undefined) {
      const names = this.#graph.definition.topics.map(known => known.name)
      throw new Error(
        `topic '${name}' is not in the topology${didYouMean(name, names) || `: it has ${names.join(', ')}`}`,
      )
    }
    const [keyValue, recordValue] = [
      read('key', () => fromJson(topic.key, key)),
      read('value', () => fromJson(topic.value, value)),
    ]
    await this.#sender.send(topic, keyValue, recordValue)
  }

  close(): Promise<void> {
    return this.#sender.close()
  }
}

/** A typed line in its parts. */
interface TypedLine {
  readonly topic: string
  readonly key: string
  readonly value: string
}

/** Takes a typed line apart. Shape: `parseLine('orders o-1 {"cents":5}')`. Errors: Error, with the form of a line. */
export function parseLine(line: string): TypedLine {
  const match = /^\s*(?:produce\s+)?(\S+)\s+("(?:[^"\\]|\\.)*"|\{.*?\}(?=\s)|\S+)\s+(.+?)\s*$/.exec(line)
  if (match === null) throw new Error(`'${line.trim().slice(0, 60)}' is no record: write <topic> <key> <value as JSON>`)
  const [, topic, key, value] = match
  return { topic: topic!, key: key!, value: value! }
}

function read(part: 'key' | 'value', work: () => unknown): unknown {
  try {
    return work()
  } catch (error) {
    throw new Error(`the ${part} is refused: ${messageOf(error)}`)
  }
}
