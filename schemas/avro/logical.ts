import avsc from 'avsc'
import {
  fitsPrecision,
  fromTwosComplement,
  readTwosComplement,
  twosComplement,
  writeTwosComplement,
} from '../decimal.ts'
import { isUuid } from '../sql-types.ts'
import type { Tap } from './long.ts'

/*
 * Logical types (Avro 1.11, "Logical Types"). `_toValue` answers undefined for a value that is none: avsc then reports it.
 * A date stays an int of days, timestamp-micros and the times stay what their primitive is.
 */

/** decimal(precision, scale) on bytes or fixed as bigint. Units: 1e-scale. */
export class DecimalType extends avsc.types.LogicalType {
  readonly precision: number
  readonly scale: number
  readonly size: number | undefined

  constructor(schema: avsc.Schema, options?: unknown) {
    super(schema, options)
    const { precision, scale = 0, size } = schema as unknown as { precision?: unknown; scale?: unknown; size?: number }
    if (!Number.isInteger(precision) || (precision as number) < 1) throw new Error('a decimal without a precision')
    if (!Number.isInteger(scale) || (scale as number) < 0 || (scale as number) > (precision as number)) {
      throw new Error('a decimal with a scale that is not in 0..precision')
    }
    this.precision = precision as number
    this.scale = scale as number
    this.size = size
  }

  /** Read and written in place: through `_fromValue` and `_toValue` each decimal would be copied twice. */
  _read(tap: Tap): bigint {
    const length = this.size ?? tap.readLong()
    const start = tap.pos
    tap.pos = length < 0 ? tap.buf.length + 1 : start + length
    return tap.pos > tap.buf.length ? 0n : this.#checked(readTwosComplement(tap.buf, start, length))
  }

  _write(tap: Tap, value: unknown): void {
    if (!this._check(value)) throw new Error('not a decimal')
    const bytes = writeTwosComplement(value as bigint)
    if (this.size === undefined) tap.writeLong(bytes.length)
    else for (let fill = bytes.length; fill < this.size; fill++) tap.buf[tap.pos++] = (value as bigint) < 0n ? 0xff : 0
    for (let index = 0; index < bytes.length; index++) tap.buf[tap.pos++] = bytes[index]!
  }

  _check(value: unknown, _flags?: unknown, hook?: (value: unknown, type: avsc.Type) => void): boolean {
    const valid =
      typeof value === 'bigint' &&
      fitsPrecision(value, this.precision) &&
      (this.size === undefined || BigInt.asIntN(8 * this.size, value) === value)
    if (!valid) hook?.(value, this)
    return valid
  }

  override _fromValue(bytes: Uint8Array): bigint {
    return this.#checked(fromTwosComplement(bytes))
  }

  override _toValue(value: unknown): Buffer | undefined {
    if (!this._check(value)) return undefined
    const bytes = twosComplement(value as bigint)
    if (this.size === undefined || bytes.length === this.size) return bytes
    return Buffer.concat([Buffer.alloc(this.size - bytes.length, (value as bigint) < 0n ? 0xff : 0), bytes])
  }

  #checked(value: bigint): bigint {
    if (!fitsPrecision(value, this.precision)) throw new Error(`holds a decimal of more than ${this.precision} digits`)
    return value
  }

  override _resolve(writer: avsc.Type): ((value: bigint) => bigint) | undefined {
    const readable = writer instanceof DecimalType && writer.scale === this.scale && writer.precision <= this.precision
    return readable ? same : undefined
  }
}

/** avsc computes longs as doubles, which are exact to here: the year 144,683. */
const lastExactMs = 2 ** 52

/** timestamp-millis and local-timestamp-millis as number. Units: milliseconds since the epoch, below 2^52. */
export class TimestampMillisType extends avsc.types.LogicalType {
  override _fromValue(value: number | bigint): number {
    const ms = Number(value)
    if (Math.abs(ms) >= lastExactMs) throw new Error('holds a timestamp beyond 2^52 milliseconds')
    return ms
  }

  override _toValue(value: unknown): number | undefined {
    return Number.isInteger(value) && Math.abs(value as number) < lastExactMs ? (value as number) : undefined
  }

  override _resolve(writer: avsc.Type): ((value: number | bigint) => number) | undefined {
    if (writer instanceof TimestampMillisType) return same as (value: number | bigint) => number
    return writer.typeName === 'abstract:long' || writer.typeName === 'int' ? this._fromValue : undefined
  }
}

/** uuid as string. */
export class UuidType extends avsc.types.LogicalType {
  override _fromValue(value: string): string {
    return value
  }

  override _toValue(value: unknown): string | undefined {
    return isUuid(value) ? value : undefined
  }

  override _resolve(writer: avsc.Type): ((value: string) => string) | undefined {
    return writer instanceof UuidType || writer.typeName === 'string' ? same : undefined
  }
}

function same<T>(value: T): T {
  return value
}
