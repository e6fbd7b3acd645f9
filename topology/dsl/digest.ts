import type { RowLayout } from '../definition/store.ts'

/**
 * A short name of a value, equal for equal values: two 32-bit FNV-1a hashes of its columns as Postgres takes them, in hex.
 * Shape: `'9f86d081884c7d65'`.
 */
export function digest(layout: RowLayout<unknown>, value: unknown): string {
  let [low, high] = [0x811c9dc5, 0x9747b28c]
  const mix = (unit: number) => {
    low = Math.imul(low ^ unit, 0x01000193)
    high = Math.imul(high ^ unit ^ (low >>> 16), 0x85ebca6b)
  }
  const parts = layout.split(value)
  layout.columns.forEach(({ sql }, index) => {
    const part = parts[index]
    const raw = part === null ? null : sql.toSql(part)
    if (raw instanceof Uint8Array) for (const byte of raw) mix(byte)
    else {
      const text = sql.pg === 'jsonb' && typeof raw === 'string' ? ordered(JSON.parse(raw)) : ordered(raw)
      for (let at = 0; at < text.length; at++) mix(text.charCodeAt(at))
    }
    mix(0x10000)
  })
  return hex(low) + hex(high)
}

/** JSON with the members of objects by name: Postgres does not keep their order. */
function ordered(raw: unknown): string {
  const sorted = (_: string, value: unknown) =>
    value === null || typeof value !== 'object' || Array.isArray(value)
      ? value
      : Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
  return JSON.stringify(raw, sorted) ?? 'undefined'
}

function hex(word: number): string {
  return (word >>> 0).toString(16).padStart(8, '0')
}
