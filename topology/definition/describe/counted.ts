/** A number with its noun. Shape: `counted(1, 'store')` is `'1 store'`, `counted(2, 'topology')` is `'2 topologies'`. */
export function counted(count: number, noun: string): string {
  if (count === 1) return `1 ${noun}`
  return `${count} ${noun.endsWith('y') ? `${noun.slice(0, -1)}ies` : `${noun}s`}`
}
