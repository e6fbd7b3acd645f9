import avsc from 'avsc'
import { fitsPrecision } from '../../topology/definition/serdes/decimal.ts'
import { isUuid } from '../../topology/definition/serdes/sql-types.ts'
import {
  fromTwosComplement,
  readTwosComplement,
  twosComplement,
  writeTwosComplement,
} from '../../topology/definition/serdes/twos-complement.ts'
import type { CheckHook, Tap } from './wire.ts'

/*
 * Logical types (Avro 1.11, "Logical Types"). `_toValue` answers undefined for an invalid value: avsc then reports it.
 * A date stays an int of days, timestamp-micros and the times stay what their primitive is.
 */

/** decimal(precision, scale) on bytes or fixed as bigint. Units: 1e-scale. */
export class DecimalType extends avsc.types.LogicalType {
  readonly precision: number
  readonly scale: number
  readonly size: number | undefined

  constructor(schema: object, options: object) {
    super(schema as avsc.Schema, options)
    const { precision, scale, size } = schema as { precision: number; scale: number; size?: number }
    this.precision = precision
    this.scale = scale
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

  _check(value: unknown, _flags?: unknown, hook?: CheckHook): boolean {
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

  /** Whether the bytes of another decimal are numbers of this one. */
  reads(writer: DecimalType): boolean {
    return writer.scale === this.scale && writer.precision <= this.precision
  }
}

/** avsc computes longs as doubles, which are exact to here: the year 144,683. */
const lastExactMs = 2 ** 52

/** timestamp-millis and local-timestamp-millis as number. Units: milliseconds since the epoch, below 2^52. */
export class TimestampMillisType extends avsc.types.LogicalType {
  constructor(schema: object, options: object) {
    super(schema as avsc.Schema, options)
  }

  /** Read and written in place: a bigint between would cost more than the rest. */
  _read(tap: Tap): number {
    return this._fromValue(tap.readLong())
  }

  _write(tap: Tap, value: unknown): void {
    if (!this._check(value)) throw new Error('not a timestamp')
    tap.writeLong(value as number)
  }

  _check(value: unknown, _flags?: unknown, hook?: CheckHook): boolean {
    const valid = Number.isInteger(value) && Math.abs(value as number) < lastExactMs
    if (!valid) hook?.(value, this)
    return valid
  }

  override _fromValue(value: number | bigint): number {
    const ms = Number(value)
    if (Math.abs(ms) >= lastExactMs) throw new Error('holds a timestamp beyond 2^52 milliseconds')
    return ms
  }

  override _toValue(value: unknown): bigint | undefined {
    return this._check(value) ? BigInt(value as number) : undefined
  }
}

/** uuid as string in lower case, on a string or on a fixed of 16 bytes. Source: RFC 9562, section 4. */
export class UuidType extends avsc.types.LogicalType {
  readonly #binary: boolean

  constructor(schema: object, options: object) {
    super(schema as avsc.Schema, options)
    this.#binary = this.underlyingType instanceof avsc.types.FixedType
  }

  override _fromValue(value: string | Buffer): string {
    if (typeof value === 'string') {
      if (!isUuid(value)) throw new Error('holds text that is no uuid')
      return value.toLowerCase()
    }
    const hex = value.toString('hex')
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
  }

  override _toValue(value: unknown): string | Buffer | undefined {
    if (!isUuid(value)) return undefined
    return this.#binary ? Buffer.from(value.replaceAll('-', ''), 'hex') : value.toLowerCase()
  }
}
