import type avsc from 'avsc'
import type { Read } from './collections.ts'
import { type Wire, wireOf } from './wire.ts'

/** Reads a primitive (or a fixed) of one type as another that it is promoted to, or as itself. */
export function readPromoted(reader: avsc.Type, writer: avsc.Type): Read {
  const from = wireOf(writer)
  const [to, written] = [nameOf(reader), nameOf(writer)]
  if (to === written) return itself(from)
  if (to === 'long') return tap => BigInt(from._read(tap) as number)
  if (to === 'float') {
    return written === 'long'
      ? tap => floatOfLong(from._read(tap) as bigint)
      : tap => Math.fround(from._read(tap) as number)
  }
  if (to === 'double') return tap => Number(from._read(tap))
  return itself(wireOf(reader))
}

function itself(wire: Wire): Read {
  return tap => wire._read(tap)
}

function nameOf(type: avsc.Type): string {
  return type.typeName.replace('abstract:', '')
}

/**
 * The float next to a long. By way of a double it would be rounded twice; so beyond 2^53 the low bits, which no float has, become
 * one bit that says whether there were any.
 */
function floatOfLong(value: bigint): number {
  const lowest = value & 0x7ffn
  return Math.fround(Number(lowest === 0n || isSafe(value) ? value : (value - lowest) | 0x800n))
}

function isSafe(value: bigint): boolean {
  return Number.isSafeInteger(Number(value))
}
