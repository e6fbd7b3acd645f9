import { chain } from '../definition/record.ts'
import type { Codec } from '../definition/serde.ts'
import type { Codecs, RecordCodec } from '../runtime/codecs.ts'
import { deepFreeze } from './deep-freeze.ts'

/**
 * The same codecs, whose values cannot be changed afterwards: neither those of records nor those that were put into a store.
 * In a worker such a change would reach other nodes, or the store's cache but never its table.
 */
export function frozenCodecs({ topics, stores }: Codecs): Codecs {
  return { topics: mapped(topics, frozenWhenRead), stores: mapped(stores, frozen) }
}

function mapped(
  codecs: ReadonlyMap<string, RecordCodec>,
  map: (codec: Codec<unknown>) => Codec<unknown>,
): ReadonlyMap<string, RecordCodec> {
  return new Map([...codecs].map(([name, { key, value }]) => [name, { key: map(key), value: map(value) }]))
}

function frozenWhenRead(codec: Codec<unknown>): Codec<unknown> {
  const { fixedBytes } = codec
  return {
    ...(fixedBytes !== undefined && { fixedBytes }),
    ...(codec.carried && { carried: value => deepFreeze(codec.carried?.(value)) }),
    encode: value => codec.encode(value),
    decode: bytes => chain(codec.decode(bytes), deepFreeze),
  }
}

function frozen(codec: Codec<unknown>): Codec<unknown> {
  return {
    ...frozenWhenRead(codec),
    ...(codec.carried && { carried: value => deepFreeze(codec.carried?.(deepFreeze(value))) }),
    encode: value => codec.encode(deepFreeze(value)),
  }
}
