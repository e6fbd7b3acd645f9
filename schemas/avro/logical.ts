import avsc from 'avsc'
import { fitsPrecision, fromTwosComplement, twosComplement } from '../decimal.ts'
import { isUuid } from '../sql-types.ts'

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

  override _fromValue(bytes: Uint8Array): bigint {
    const value = fromTwosComplement(bytes)
    if (!fitsPrecision(value, this.precision)) throw new Error(`holds a decimal of more than ${this.precision} digits`)
    return value
  }

  override _toValue(value: unknown): Buffer | undefined {
    if (typeof value !== 'bigint' || !fitsPrecision(value, this.precision)) return undefined
    const bytes = twosComplement(value)
    if (this.size === undefined || bytes.length === this.size) return bytes
    if (bytes.length > this.size) return undefined
    return Buffer.concat([Buffer.alloc(this.size - bytes.length, value < 0n ? 0xff : 0), bytes])
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
