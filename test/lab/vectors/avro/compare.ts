import { avroOf } from '../../../../schemas/avro/avro.ts'
import { modelOf } from '../../../../schemas/avro/model.ts'
import { avroType } from '../../../../schemas/avro/type.ts'
import { incompatibilities } from '../../../../schemas/compatibility.ts'
import { exactJsonText, parseExactJson } from '../../../../schemas/exact-json.ts'
import { messageOf } from '../../../../topology/definition/errors.ts'
import type { AvroSchema, Codec, SchemaRegistry } from '../../../../topology/definition/serde.ts'
import { seededRandom } from '../../../../topology/testing/random.ts'
import { Evolution } from './evolve.ts'
import type { AvroAnswer, AvroOracle, AvroQuestion } from './oracle.ts'
import { Dice, SchemaMaker } from './random-schema.ts'
import { randomValue } from './random-value.ts'
import { schemaOf } from './shape.ts'
import { valueText } from './value-text.ts'

/** A writer's schema, values of it, and a reader's schema. */
export interface AvroCase {
  /** Shape: `'avro-1.17'`: seed and number. */
  readonly name: string
  readonly writer: AvroSchema
  readonly reader: AvroSchema
  readonly values: readonly unknown[]
}

/** The results of a comparison. */
export interface AvroComparison {
  readonly cases: number
  readonly values: number
  /** Values that both refuse to read as the reader's schema. */
  readonly unreadable: number
  /** Cases that differ as it is meant, by the reason. */
  readonly meant: ReadonlyMap<string, number>
  /** One line for each case that differs, the first difference of it. */
  readonly differences: readonly string[]
}

const valuesOfACase = 4

/** Seeded cases. Another count does not change them. */
export function avroCases(count: number, seed: number): readonly AvroCase[] {
  return Array.from({ length: count }, (_, index) => {
    const name = `avro-${seed}.${index + 1}`
    const dice = new Dice(seededRandom(seed * 1_000_003 + index))
    const maker = new SchemaMaker(dice)
    const shape = maker.root()
    const writer = parsed(schemaOf(shape, dice.chance))
    const reader = parsed(schemaOf(new Evolution(dice, maker).of(shape), dice.chance))
    const model = refusal(writer) === undefined ? modelOf(writer) : undefined
    const count = model && refusal(reader) === undefined ? valuesOfACase : 0
    return { name, writer, reader, values: Array.from({ length: count }, () => randomValue(model!, dice)) }
  })
}

/** Has Java answer the cases, and compares. */
export async function compareAvro(cases: readonly AvroCase[], oracle: AvroOracle): Promise<AvroComparison> {
  const questions = cases.map(questionOf)
  const answers = await oracle.answer(questions)
  let unreadable = 0
  const meant = new Map<string, number>()
  const differences: string[] = []
  for (const [index, avroCase] of cases.entries()) {
    const answer = answers[index] as AvroAnswer
    unreadable += answer.values?.filter(value => value.unread !== undefined).length ?? 0
    const found = difference(avroCase, questions[index] as AvroQuestion, answer)
    if (found?.meant !== undefined) meant.set(found.meant, (meant.get(found.meant) ?? 0) + 1)
    else if (found) differences.push(`${avroCase.name}: ${found.text}`)
  }
  return {
    cases: cases.length,
    values: cases.reduce((sum, { values }) => sum + values.length, 0),
    unreadable,
    meant,
    differences,
  }
}

/** The reason why a schema is none here; undefined: it is one. */
function refusal(schema: AvroSchema): string | undefined {
  try {
    avroType(schema)
    return undefined
  } catch (error) {
    return messageOf(error)
  }
}

function questionOf({ writer, reader, values }: AvroCase): AvroQuestion {
  const readable = (refusal(writer) ?? refusal(reader)) === undefined
  const bodies = (readable ? values : []).map(value =>
    Buffer.from(codecs(writer, reader).older.encode(value) as Uint8Array).toString('hex', 5),
  )
  return { writer: exactJsonText(writer) as string, reader: exactJsonText(reader) as string, bodies }
}

interface Difference {
  readonly text: string
  /** The reason why it is meant, if it is. */
  readonly meant?: string
}

/** The first difference; undefined where there is none. */
function difference(avroCase: AvroCase, question: AvroQuestion, answer: AvroAnswer): Difference | undefined {
  const { writer, reader, values } = avroCase
  const refused = refusal(writer) ?? refusal(reader)
  if (refused !== undefined && answer.values === undefined) return undefined
  if (refused !== undefined) return { text: `${refused}; not so in Java: ${question.writer} ${question.reader}` }
  if (answer.values === undefined)
    return { text: `Java refuses a schema (${answer.refused}), ${question.writer} ${question.reader}` }
  const [writerModel, readerModel] = [modelOf(writer), modelOf(reader)]
  const { newer } = codecs(writer, reader)
  const compatible = incompatibilities(reader, [writer]).length === 0
  for (const [index, theirs] of answer.values.entries()) {
    const body = question.bodies[index] as string
    const where = `value ${index + 1}, ${body} of ${question.writer} as ${question.reader}`
    const written = JSON.stringify(valueText(writerModel, values[index]))
    if (written !== JSON.stringify(theirs.written) || body !== theirs.body)
      return { text: `${where}: written ${written} ${body}, in Java ${JSON.stringify(theirs)}` }
    const ours = readText(newer, body, value => valueText(readerModel, value))
    if (ours.text !== JSON.stringify(theirs.read)) {
      const text = `${where}: read ${ours.text ?? ours.reason}, in Java ${JSON.stringify(theirs.read) ?? theirs.unread}`
      return { text, ...meant.find(one => one.isIt(ours.reason, theirs.unread)) }
    }
    if (compatible && ours.text === undefined)
      return { text: `${where}: the check lets it pass, but it cannot be read` }
  }
  return undefined
}

/** The differences that are meant and that random cases may meet. See "Where Avro differs from Java" in DESIGN.md. */
const meant = [
  {
    meant: 'a record of another name is read by its structure in Java',
    isIt: (reason?: string, unread?: string) =>
      unread === undefined &&
      /is record '[^']+' there and (record '[^']+'|a union without it) here|is not there, and has no default here/.test(
        reason ?? '',
      ),
  },
  {
    meant: 'plain bytes, or a decimal of another scale, are read as a decimal in Java',
    isIt: (reason?: string) =>
      /is (bytes|string|fixed '[^']+'|decimal\(\d+,\d+\)) there and decimal/.test(reason ?? ''),
  },
  {
    meant: 'text that is no uuid, and a time beyond 2^52 ms, are read in Java',
    isIt: (reason?: string) => /holds (text that is no uuid|a timestamp beyond)/.test(reason ?? ''),
  },
  {
    meant: "Java refuses a writer's default of a record that was renamed, or whose field was",
    isIt: (_?: string, unread?: string) => /Invalid default for field|Schema fields not set yet/.test(unread ?? ''),
  },
] as const

function readText(
  codec: Codec<unknown>,
  body: string,
  text: (value: unknown) => unknown,
): { readonly text?: string; readonly reason?: string } {
  try {
    return { text: JSON.stringify(text(codec.decode(Buffer.from(`0000000001${body}`, 'hex')))) }
  } catch (error) {
    return { reason: messageOf(error) }
  }
}

/** Ids 1 and 2 are the writer's and the reader's. */
function codecs(writer: AvroSchema, reader: AvroSchema) {
  const registryOf = (own: number) =>
    ({ idOf: () => own, schemaOf: (id: number) => (id === 1 ? writer : reader) }) as unknown as SchemaRegistry
  const bind = (schema: AvroSchema, own: number) =>
    avroOf<unknown>(schema).bind({ topic: 'vectors', part: 'value', registry: registryOf(own) }) as Codec<unknown>
  return { older: bind(writer, 1), newer: bind(reader, 2) }
}

/** As a registry gives it. */
function parsed(schema: unknown): AvroSchema {
  return parseExactJson(exactJsonText(schema) as string) as AvroSchema
}
