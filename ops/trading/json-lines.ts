import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { decimalWords } from '../../processors/domain/shared/decimal-text.ts'
import { parseDecimal, TopologyError } from '../../topology/index.ts'
import { messageOf } from '../commands.ts'

/** A line of a file that is not what the file holds. */
export interface BadLine {
  readonly line: number
  readonly reason: string
}

/** A line of a file: its object, or the reason why it has none. */
interface JsonLine {
  /** From 1. */
  readonly line: number
  readonly object: object | string
}

/** A decimal as text. Units: 1e-18. */
export const decimalText = z.string(decimalWords).transform((text, context) => {
  const value = parseDecimal(text)
  if (value !== undefined) return value
  context.addIssue({ code: 'custom', message: decimalWords })
  return z.NEVER
})

/** A time: ms since the epoch, or ISO 8601. Units: ms. */
export const time = z.union(
  [z.int().nonnegative(), z.iso.datetime({ offset: true }).transform(text => Date.parse(text))],
  { error: 'must be ms since the epoch, or ISO 8601 with its zone in quotes' },
)

/** The lines of an NDJSON file, empty ones left out. `what`: the things in it. Errors: TopologyError CONFIG_INVALID. */
export function readJsonLines(path: string, what: string): readonly JsonLine[] {
  return textOf(path, what)
    .split('\n')
    .flatMap((text, index) => (text.trim() === '' ? [] : [{ line: index + 1, object: objectOf(text) }]))
}

/** The payload of an event with the event's time; a line that is no event is the payload itself. */
export function payloadOf(json: object): object {
  const { payload, occurredAt } = json as { readonly payload?: unknown; readonly occurredAt?: unknown }
  if (typeof payload !== 'object' || payload === null) return json
  return occurredAt === undefined ? payload : { ...payload, occurredAt }
}

/** The text of a file. `what`: the things in it. Errors: TopologyError CONFIG_INVALID. */
export function textOf(path: string, what: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    const why =
      (cause as NodeJS.ErrnoException).code === 'ENOENT' ? 'does not exist' : `cannot be read, ${messageOf(cause)}`
    throw new TopologyError('CONFIG_INVALID', `${what} file '${path}' ${why}: correct the path`, { cause })
  }
}

function objectOf(text: string): object | string {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    return 'is not JSON'
  }
  return typeof json === 'object' && json !== null && !Array.isArray(json) ? json : 'is not a JSON object'
}
