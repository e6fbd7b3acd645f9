/*
 * The rules for valid logical types (Avro 1.11, "Logical Types"): an invalid one is ignored, and the value is that of the
 * underlying type.
 */

/** Shape: `{ type: 'decimal', precision: 38, scale: 18 }`. */
export interface Logical {
  readonly type: string
  readonly precision?: number
  readonly scale?: number
}

type Attributes = Readonly<Record<string, unknown>>

/** The types that a logical type may annotate; logical types that Avro does not define may annotate any. */
const carriers: Readonly<Record<string, readonly string[]>> = {
  decimal: ['bytes', 'fixed'],
  uuid: ['string', 'fixed'],
  date: ['int'],
  'time-millis': ['int'],
  'time-micros': ['long'],
  'timestamp-millis': ['long'],
  'timestamp-micros': ['long'],
  'timestamp-nanos': ['long'],
  'local-timestamp-millis': ['long'],
  'local-timestamp-micros': ['long'],
  'local-timestamp-nanos': ['long'],
  duration: ['fixed'],
}

/** The logical type of a schema's attributes, if it holds. */
export function logicalOf(attributes: Attributes): { logical?: Logical } {
  const { logicalType: logical, type, size } = attributes
  if (typeof logical !== 'string' || carriers[logical]?.includes(type as string) === false) return {}
  if (logical === 'decimal') return decimalOf(attributes)
  const wanted = logical === 'uuid' ? 16 : logical === 'duration' ? 12 : size
  return type === 'fixed' && size !== wanted ? {} : { logical: { type: logical } }
}

function decimalOf({ precision, scale = 0, type, size }: Attributes): { logical?: Logical } {
  if (!isWhole(precision, 1) || !isWhole(scale, 0) || scale > precision) return {}
  if (type === 'fixed' && precision > digitsOf(size as number)) return {}
  return { logical: { type: 'decimal', precision, scale } }
}

function isWhole(value: unknown, least: number): value is number {
  return Number.isSafeInteger(value) && (value as number) >= least
}

/** Decimal digits that fit this many bytes of two's complement. Source: Avro 1.11, "Decimal". */
function digitsOf(bytes: number): number {
  return Math.floor(Math.log10(2) * (8 * bytes - 1))
}
