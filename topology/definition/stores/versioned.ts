import { type Duration, durationMs } from '../duration.ts'
import { SerdeError } from '../errors.ts'
import { type Awaitable, chain } from '../record.ts'
import type { Codec, Serde, SqlType } from '../serde.ts'
import { timeSerde } from '../serdes/primitives.ts'
import type { Column, RowLayout, StoreDefinition, TaskTable } from '../store.ts'
import { defineStore } from './define.ts'
import { extended, type FormatOption, formatOf, type RowFormat } from './layout.ts'

/** A key from one moment on. Units: ms. */
export interface VersionKey<K> {
  readonly key: K
  readonly validFrom: number
}

/** The value that a key had from `validFrom` until its next version. Units: ms. */
export interface Version<V> {
  readonly value: V
  readonly validFrom: number
}

/** The options of a versioned store. */
interface VersionedOptions<K, V> {
  readonly key: FormatOption<K>
  readonly value: FormatOption<V>
  /** The distance behind a key's newest version up to which its past can be asked for. */
  readonly history: Duration
  readonly changelog?: Readonly<Record<string, string>>
}

/** A versioned store in user code: the value a key had at a time. Units: ms. Source: KIP-889. */
export interface VersionedStore<K, V> {
  /** The newest version, or the one that was valid at `asOf`; undefined where it was deleted or not yet there. */
  get(key: K, asOf?: number): Awaitable<Version<V> | undefined>
  /**
   * Sets the value of the key from `validFrom` on; null deletes it. Versions may arrive out of order. Those that ended before the
   * history are removed. A promise only when the key's versions are not in memory.
   */
  put(key: K, value: V | null, validFrom: number): Awaitable<void>
}

/**
 * Declares a versioned store: columns of the key, then `valid_from` (ms); a `deleted` flag, then columns of the value.
 *
 * Shape: `store.versioned('rates', { key: string, value: decimal, history: '1h' })`.
 */
export function versionedStore<K, V>(
  name: string,
  options: VersionedOptions<K, V>,
): StoreDefinition<VersionKey<K>, V | null, VersionedStore<K, V>> {
  const base = formatOf('key', options.key)
  const value = deletable(formatOf('value', options.value))
  const key = extended<K, VersionKey<K>>(base, [['validFrom', timeSerde]], {
    take: version => [version.key, version.validFrom],
    make: (inner, [validFrom]) => ({ key: inner, validFrom: validFrom as number }),
  })
  const historyMs = durationMs(options.history)
  return defineStore({
    name,
    type: 'versioned',
    key,
    value,
    changelog: options.changelog,
    open: table => versionedFace(table, base, historyMs),
  })
}

function versionedFace<K, V>(
  table: TaskTable<VersionKey<K>, V | null>,
  base: RowLayout<K>,
  historyMs: number,
): VersionedStore<K, V> {
  const newestUntil = (parts: readonly unknown[], asOf: number | undefined) =>
    table.scan({ from: parts, to: asOf === undefined ? parts : [...parts, asOf], reverse: true, limit: 1 })
  const forget = (parts: readonly unknown[]): Awaitable<void> =>
    chain(newestUntil(parts, undefined), ([newest]) => {
      if (newest === undefined) return
      const horizon = newest.key.validFrom - historyMs
      return chain(table.scan({ from: parts, to: [...parts, horizon], reverse: true }), ([current, ...past]) => {
        for (const { key } of past) table.delete(key)
        if (current?.value === null && current !== newest && current.key.validFrom < horizon) table.delete(current.key)
      })
    })
  return {
    get: (key, asOf) =>
      chain(newestUntil(base.split(key), asOf), ([found]) =>
        found === undefined || found.value === null
          ? undefined
          : { value: found.value, validFrom: found.key.validFrom },
      ),
    put(key, value, validFrom) {
      table.put({ key, validFrom }, value, validFrom)
      return forget(base.split(key))
    },
  }
}

/** The columns of a value that may be deleted: a flag, and the value's columns, null when it is set. */
function deletable<V>(value: RowFormat<V>): RowFormat<V | null> {
  const columns: readonly Column[] = value.columns.map(column => ({ ...column, nullable: true }))
  const blank = columns.map(() => null)
  return {
    columns: [{ name: 'deleted', sql: flag as SqlType }, ...columns],
    serde: markedSerde(value.serde),
    split: version => (version === null ? [true, ...blank] : [false, ...value.split(version)]),
    join: ([deleted, ...parts], key) => (deleted ? null : value.join(parts, key)),
  }
}

// Wire form of a version in the changelog, where null would delete the row:
//   version => 0x00            deleted
//            | 0x01 bytes      the value's own bytes
function markedSerde<V>(value: Serde<V>): Serde<V | null> {
  return {
    name: `version:${value.name}`,
    sql: value.sql as SqlType<V | null>,
    ...(value.schema !== undefined && { schema: value.schema }),
    bind: binding => chain(value.bind(binding), markedCodec),
  }
}

function markedCodec<V>(value: Codec<V>): Codec<V | null> {
  return {
    encode(version) {
      if (version === null) return Uint8Array.of(0)
      const bytes = value.encode(version)
      if (bytes === null) throw new SerdeError('ENCODE_FAILED', 'a version encodes to null: put null to delete it')
      return Buffer.concat([Uint8Array.of(1), bytes])
    },
    decode(bytes) {
      if (bytes?.[0] === 0 && bytes.length === 1) return null
      if (bytes?.[0] === 1) return value.decode(bytes.subarray(1))
      throw new SerdeError('DECODE_FAILED', 'the bytes are no version: the topic holds other data')
    },
  }
}

const flag: SqlType<boolean> = {
  pg: 'boolean',
  toSql: value => value,
  fromSql: raw => raw as boolean,
  check() {},
  compare: (a, b) => Number(a) - Number(b),
}
