import { z } from '@hono/zod-openapi'
import { formatDecimal } from '../../topology/definition/serdes/decimal.ts'
import { timestampMs } from '../../topology/definition/serdes/primitives.ts'

/** Exact: a string, since a JSON number is a double to most readers. */
export const decimalField = z
  .string()
  .regex(/^-?\d+(\.\d+)?$/)
  .openapi({ description: 'An exact decimal.', example: '1250.75' })

/** A whole number that may pass 2^53. */
export const longField = z
  .string()
  .regex(/^-?\d+$/)
  .openapi({ description: 'A whole number.', example: '42' })

/** A moment in UTC. */
export const timeField = z.iso
  .datetime()
  .openapi({ description: 'ISO 8601, UTC.', example: '2010-03-01T14:30:00.000Z' })

/** A scaled bigint as JSON has it. */
export function decimalText(value: bigint): string
export function decimalText(value: bigint | null): string | null
export function decimalText(value: bigint | null): string | null {
  return value === null ? null : formatDecimal(value)
}

/** Milliseconds as JSON has them. */
export function timeText(ms: number): string
export function timeText(ms: number | null): string | null
export function timeText(ms: number | null): string | null {
  return ms === null ? null : (timestampMs.sql.toSql(ms) as string)
}
