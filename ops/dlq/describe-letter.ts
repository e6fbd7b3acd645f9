import type { DecodedLetter } from './decode-letters.ts'
import { headerText, originalHeaders } from './letter.ts'
import type { KnownLetter } from './read-letters.ts'

/** A letter as `dlq show --json` and `dlq list --json` print it. */
export function letterJson(letter: KnownLetter, decoded?: DecodedLetter): Readonly<Record<string, unknown>> {
  const { record, message, stack, ...told } = letter
  const headers = Object.fromEntries(
    originalHeaders(letter).map(({ key }) => [key, headerText(record.headers, key) ?? null]),
  )
  return {
    ...told,
    message,
    timestamp: record.timestamp,
    ...(decoded && { ...decoded, ids: idsOf(letter, decoded), headers, stack }),
  }
}

/** A letter for a reader, over several lines. */
export function letterText(letter: KnownLetter, decoded: DecodedLetter): string {
  const { place, source, code, message, stage, processor, attempts, application, subtopology } = letter
  const { key, value, undecodable } = decoded
  const ids = Object.entries(idsOf(letter, decoded)).map(([name, id]) => `${name} ${id}`)
  const headers = originalHeaders(letter).map(
    header => `${header.key}: ${headerText(letter.record.headers, header.key) ?? 'null'}`,
  )
  return [
    `${place}  ${code}  ${message}`,
    `  state    ${stateText(letter)}`,
    `  from     ${source.topic}/${source.partition} offset ${source.offset}, of ${new Date(letter.record.timestamp).toISOString()}`,
    `  failed   ${stage} of '${processor}', ${application} ${subtopology}, attempts ${attempts}`,
    `  when     first ${letter.firstFailure}, last ${letter.lastFailure}`,
    ...(letter.previous === undefined
      ? []
      : [`  before   sent back ${letter.retries} times; the first letter is ${letter.origin}`]),
    `  key      ${text(key)}`,
    ...lines('ids', ids),
    ...lines('headers', headers),
    `  value    ${text(value)}`,
    ...(undecodable === undefined ? [] : [`           (not decoded: ${undecodable})`]),
    ...lines(
      'stack',
      letter.stack.split('\n').filter(line => line !== ''),
    ),
  ].join('\n')
}

/** Shape: `'retried 2026-01-02T03:04:05.000Z, failed again as orders.dlq/0/7'`. */
export function stateText({ state, stateAt, reason, failedAgainAs }: KnownLetter): string {
  const parts = [`${state}${stateAt === undefined ? '' : ` ${stateAt}`}`]
  if (failedAgainAs !== undefined) parts.push(`failed again as ${failedAgainAs}`)
  if (reason !== undefined) parts.push(`because: ${reason}`)
  return parts.join(', ')
}

const idNames = ['eventId', 'correlationId', 'causationId', 'idempotencyKey'] as const
const idHeaders = { correlationId: 'correlation-id', traceparent: 'traceparent' } as const

/** The ids by which the rest of the system knows the record: of its value or its payload, else of its headers. */
export function idsOf({ record }: KnownLetter, { value }: DecodedLetter): Readonly<Record<string, string>> {
  const ids: Record<string, string> = {}
  for (const [name, header] of Object.entries(idHeaders)) {
    const id = headerText(record.headers, header)
    if (id !== undefined) ids[name] = id
  }
  const fields = fieldsOf(value)
  for (const from of [fieldsOf(fields.payload), fields])
    for (const name of idNames) if (typeof from[name] === 'string') ids[name] = from[name]
  return ids
}

/** A field of the record's payload, else of its value; undefined: it has none, or is not decoded. */
export function fieldOf({ value }: DecodedLetter, name: string): unknown {
  const fields = fieldsOf(value)
  return fieldsOf(fields.payload)[name] ?? fields[name]
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {}
}

function text(part: unknown): string {
  return typeof part === 'string' ? part : JSON.stringify(part)
}

function lines(name: string, texts: readonly string[]): readonly string[] {
  return texts.map((line, index) => `  ${(index === 0 ? name : '').padEnd(9)}${line}`)
}
