import { createHash } from 'node:crypto'

/**
 * Random numbers that are a hash of (id, k): the k-th draw for an order is the same in every run and in every order of orders. A
 * sequential generator would make one portfolio's results depend on another's.
 *
 * Returns a whole number from 0 to `below - 1`.
 */
export function drawBelow(below: number, id: string, k: number): number {
  const hash = createHash('sha256').update(`${id}|${k}`).digest()
  return hash.readUIntBE(0, 6) % below
}
