import { messageOf, SerdeError } from '../errors.ts'
import type { Codec, Serde, SerdeBinding, SqlType } from '../serde.ts'

/** The parts of a serde that needs no registry. `write` and `read` throw an Error that describes the problem. */
export interface WireForm<T> {
  readonly name: string
  readonly sql: SqlType<T>
  /** See `Codec.fixedBytes`. */
  readonly fixedBytes?: number
  /** See `Codec.carried`. */
  carried?(value: T): T | undefined
  write(value: T): Uint8Array
  read(bytes: Uint8Array): T
}

/**
 * A serde over a wire form, for formats of one's own. Null is refused, and what `write` and `read` throw becomes a SerdeError
 * that names the topic and the serde.
 *
 * Shape: `serdeOf({ name: 'cbor', sql: jsonColumn(...), write: value => encode(value), read: bytes => decode(bytes) })`.
 */
export function serdeOf<T>(form: WireForm<T>): Serde<T> {
  return { name: form.name, sql: form.sql, bind: binding => codecOf(form, binding) }
}

function codecOf<T>(form: WireForm<T>, binding: SerdeBinding): Codec<T> {
  return {
    ...(form.fixedBytes !== undefined && { fixedBytes: form.fixedBytes }),
    ...(form.carried && { carried: form.carried }),
    encode(value) {
      if (value === null || value === undefined)
        throw encodeFailed(binding, form.name, new Error('is null'), nullRemedy)
      try {
        return form.write(value)
      } catch (error) {
        throw encodeFailed(binding, form.name, error)
      }
    },
    decode(bytes) {
      if (bytes === null) throw decodeFailed(binding, form.name, new Error('is null'), nullRemedy)
      try {
        return form.read(bytes)
      } catch (error) {
        throw decodeFailed(binding, form.name, error)
      }
    },
  }
}

const nullRemedy = 'declare it nullable(...) where null means something'

/** SerdeError ENCODE_FAILED, naming topic and serde. */
export function encodeFailed(binding: SerdeBinding, serde: string, cause: unknown, remedy?: string): SerdeError {
  return failed(
    'ENCODE_FAILED',
    binding,
    serde,
    cause,
    remedy ?? 'write what the serde takes, or give the topic another',
  )
}

/** SerdeError DECODE_FAILED, naming topic and serde. */
export function decodeFailed(binding: SerdeBinding, serde: string, cause: unknown, remedy?: string): SerdeError {
  return failed(
    'DECODE_FAILED',
    binding,
    serde,
    cause,
    remedy ?? 'see what its producer writes, or give the topic another serde',
  )
}

function failed(
  code: 'ENCODE_FAILED' | 'DECODE_FAILED',
  { topic, part }: SerdeBinding,
  serde: string,
  cause: unknown,
  remedy: string,
): SerdeError {
  const message = `the ${part} ${messageOf(cause)}, in topic '${topic}' with serde '${serde}': ${remedy}`
  return new SerdeError(code, message, { context: { topic, part, serde }, cause })
}
