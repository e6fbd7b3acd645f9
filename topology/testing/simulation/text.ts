/** A value as text that tells bigints from numbers, for comparisons and messages. */
export function textOf(value: unknown): string {
  if (value === undefined) return 'nothing'
  return JSON.stringify(value, (_, part) => (typeof part === 'bigint' ? `${part}n` : part))
}

/** Bytes as hexadecimal digits. */
export function hexOf(bytes: Uint8Array | null): string {
  return bytes === null ? 'null' : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')
}
