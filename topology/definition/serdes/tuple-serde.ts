import { SerdeError } from '../errors.ts'
import { type Awaitable, chain, together } from '../record.ts'
import type { Codec, Serde, SerdeBinding, SqlType } from '../serde.ts'
import { bufferOver } from './buffer-over.ts'

// Wire form of a tuple, for composite keys in changelogs:
//   tuple  => part*            as many as the serde has
//   part   => length bytes
//   length => int32, big-endian

/** A serde of a tuple that can be seen as another type. */
interface TupleSerde extends Serde<readonly unknown[]> {
  /** The same bytes for a value that is taken apart into a tuple and made of one. */
  mapped<T>(take: (value: T) => readonly unknown[], make: (parts: readonly unknown[]) => T): Serde<T>
}

/**
 * A part of a tuple: its component, which tells its registry subject from those of the other parts, and its serde. Parts of one
 * schema, or the only one that may have a schema, have undefined: theirs is the subject of the whole.
 */
export type TuplePart = readonly [component: string | undefined, serde: Serde<unknown>]

/**
 * Writes several values as one: each part's bytes after its length. In SQL the parts are columns of their own; the tuple as one
 * column is not supported.
 */
export function tupleSerde(parts: readonly TuplePart[]): TupleSerde {
  const name = `tuple:${parts.map(([, serde]) => serde.name).join(',')}`
  const bind = (binding: SerdeBinding) => bindAll(parts, binding)
  const sql = oneColumn(name)
  return {
    name,
    sql,
    bind: binding => chain(bind(binding), codecs => codec(name, codecs)),
    mapped: <T>(take: (value: T) => readonly unknown[], make: (parts: readonly unknown[]) => T): Serde<T> => ({
      name,
      sql: sql as unknown as SqlType<T>,
      bind: binding =>
        chain(bind(binding), codecs => {
          const inner = codec(name, codecs)
          return {
            encode: value => inner.encode(take(value)),
            decode: bytes => chain(inner.decode(bytes), make),
          }
        }),
    }),
  }
}

function bindAll(parts: readonly TuplePart[], binding: SerdeBinding): Awaitable<readonly Codec<unknown>[]> {
  return together(parts.map(([component, serde]) => serde.bind(within(binding, component))))
}

function within(binding: SerdeBinding, component: string | undefined): SerdeBinding {
  if (component === undefined) return binding
  return { ...binding, component: binding.component === undefined ? component : `${binding.component}-${component}` }
}

function codec(name: string, codecs: readonly Codec<unknown>[]): Codec<readonly unknown[]> {
  const carries = codecs.flatMap(({ carried }) => carried ?? [])
  return {
    ...(carries.length === codecs.length && { carried: parts => carried(carries, parts) }),
    encode: parts => encode(name, codecs, parts),
    decode: bytes => decode(name, codecs, bytes),
  }
}

function carried(
  carries: readonly ((part: unknown) => unknown)[],
  parts: readonly unknown[],
): readonly unknown[] | undefined {
  if (!Array.isArray(parts)) return undefined
  const copy: unknown[] = []
  for (let index = 0; index < carries.length; index++) {
    const part = carries[index]!(parts[index])
    if (part === undefined) return undefined
    copy.push(part)
  }
  return copy
}

function encode(name: string, codecs: readonly Codec<unknown>[], parts: readonly unknown[]): Uint8Array {
  const encoded = codecs.map((part, index) => part.encode(parts[index]))
  let length = 0
  for (const bytes of encoded) {
    if (bytes === null)
      throw new SerdeError('ENCODE_FAILED', `a part of a key is null, serde '${name}': give it a value`)
    length += 4 + bytes.length
  }
  const out = Buffer.allocUnsafe(length)
  let at = 0
  for (const bytes of encoded as Uint8Array[]) {
    at = out.writeInt32BE(bytes.length, at)
    out.set(bytes, at)
    at += bytes.length
  }
  return out
}

function decode(
  name: string,
  codecs: readonly Codec<unknown>[],
  bytes: Uint8Array | null,
): Awaitable<readonly unknown[]> {
  if (bytes === null) throw malformed(name)
  const view = bufferOver(bytes)
  const values: Awaitable<unknown>[] = []
  let at = 0
  for (const part of codecs) {
    if (at + 4 > view.length) throw malformed(name)
    const length = view.readInt32BE(at)
    at += 4
    if (length < 0 || at + length > view.length) throw malformed(name)
    values.push(part.decode(view.subarray(at, at + length)))
    at += length
  }
  if (at !== view.length) throw malformed(name)
  return together(values)
}

function malformed(name: string): SerdeError {
  return new SerdeError('DECODE_FAILED', `the bytes are no tuple, serde '${name}': the topic holds other data`)
}

/** The SQL type of a tuple asked to be one column: it throws, as a tuple is spread over columns. */
function oneColumn(name: string): SqlType<readonly unknown[]> {
  const refuse = (): never => {
    throw new SerdeError('VALUE_REFUSED', `a tuple is not one column, serde '${name}': use the layout of its parts`)
  }
  return { pg: 'bytea', toSql: refuse, fromSql: refuse, check: refuse, compare: refuse }
}
