/** The most that is shown of a key. Units: characters, or bytes where it is no text. */
const shownLength = 100
const shownBytes = 32

/**
 * A key as a line of the log or a status shows it: UTF-8 where its bytes are printable text, else hexadecimal; only the beginning
 * of a long one. Null: the record has none. Shape: `'alpha-01'`, `'0x0000000007'`.
 */
export function keyText(key: Uint8Array | null): string | null {
  if (key === null) return null
  const text = Buffer.from(key.subarray(0, 4 * shownLength)).toString()
  const shown = [...text].slice(0, shownLength).join('')
  const whole = key.length <= 4 * shownLength && shown.length === text.length
  if (!/[\p{C}\ufffd]/u.test(shown)) return whole ? shown : `${shown}... (${key.length} bytes)`
  const hex = Buffer.from(key.subarray(0, shownBytes)).toString('hex')
  return key.length <= shownBytes ? `0x${hex}` : `0x${hex}... (${key.length} bytes)`
}
