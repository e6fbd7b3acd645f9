import { hash } from 'node:crypto'
import { identityOf } from '../shared/keys.ts'
import { KnownTexts } from '../shared/known-texts.ts'

/*
 * The hash of a portfolio's state: the sum, modulo 2^256, of a SHA-256 for each position and each order. A sum does not
 * depend on order, and one part can be exchanged without reading the others: a report costs four hashes, however
 * large the portfolio.
 */

const modulus = 1n << 256n

/** The hash of one part. Shape: `hashPart('position', 'XNAS:MSFT', '10', ...)`. */
export function hashPart(...fields: readonly string[]): bigint {
  return known.valueOf(identityOf(...fields))
}

/** A part that is exchanged was put there not long ago. */
const known = new KnownTexts(text => BigInt(`0x${hash('sha256', text, 'hex')}`))

/** The hash with one part exchanged; zero for a part that was not there. */
export function exchangePart(whole: bigint, before: bigint, after: bigint): bigint {
  return (((whole - before + after) % modulus) + modulus) % modulus
}

/** Shape: 64 hexadecimal digits. */
export function hashText(whole: bigint): string {
  return whole.toString(16).padStart(64, '0')
}

/** The number of such a text. */
export function parseHash(text: string): bigint {
  return BigInt(`0x${text}`)
}
