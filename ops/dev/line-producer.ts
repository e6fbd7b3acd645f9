import type { Parts } from '../../topology/app/connections.ts'
import { RecordSender } from '../../topology/app/record-sender.ts'
import { messageOf } from '../../topology/definition/errors.ts'
import type { TopologyGraph } from '../../topology/definition/graph.ts'
import type { Serde } from '../../topology/definition/serde.ts'
import { didYouMean } from '../../topology/definition/suggestion.ts'
import { declaredTopics } from './declared-topics.ts'
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
    const { topic, key, value } = parseLine(line)
    await this.produceJson(topic, key, value)
  }

  /** Produces a record of JSON texts, and returns the line that would produce it. Errors: as `produce`. */
  async produceJson(name: string, key: string, value: string): Promise<string> {
    const topic = this.#graph.topics.get(name)
    if (topic === undefined) {
      const names = declaredTopics(this.#graph)
      throw new Error(
        `topic '${name}' is not in the topology${didYouMean(name, names) || `: it has ${names.join(', ')}`}`,
      )
    }
    const typed = { key: read('key', topic.key, key), value: read('value', topic.value, value) }
    await this.#sender.send(topic, typed.key, typed.value)
    const word = /\s/.test(key) && !/^["{]/.test(key) ? JSON.stringify(key) : key
    return `${name} ${word} ${value.replaceAll('\n', ' ')}`
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

function read(part: 'key' | 'value', serde: Serde<unknown>, text: string): unknown {
  try {
    return fromJson(serde, text)
  } catch (error) {
    throw new Error(`the ${part} is refused: ${messageOf(error)}${fieldsOf(serde)}`)
  }
}

/** The fields that a record of an Avro schema has, for a message. */
function fieldsOf({ schema }: Serde<unknown>): string {
  const { fields } = (typeof schema === 'object' ? schema : {}) as {
    readonly fields?: readonly { readonly name: string }[]
  }
  return fields === undefined ? '' : `; its fields are ${fields.map(field => field.name).join(', ')}`
}
