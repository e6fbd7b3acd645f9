import { hash } from 'node:crypto'

/** The first six bytes of the hash, as hexadecimal digits: what a number holds exactly. */
const drawnDigits = 12

/**
 * Random numbers that are a hash of (id, k): the k-th draw for an order is the same in every run and in every order of orders. A
 * sequential generator would make one portfolio's results depend on another's.
 *
 * Returns a whole number from 0 to `below - 1`.
 */
export function drawBelow(below: number, id: string, k: number): number {
  const digest = hash('sha256', `${id}|${k}`, 'hex')
  return Number.parseInt(digest.slice(0, drawnDigits), 16) % below
}
