import { hash } from 'node:crypto'
import { parse } from 'uuid'
import { identityOf } from './keys.ts'

/*
 * Ids are uuid v5 (RFC 9562) over business identity only: never time, offset, partition or quantity. So an event made
 * again has the same id, and two decisions of one signal collide instead of passing.
 */

const namespace = parse('f1a7a8b2-6c39-5d0e-9b64-3f0f3f6f2a11')
/** The namespace, and after it the name that is hashed: used again for each id. */
let hashed = Buffer.alloc(1_024)
hashed.set(namespace)

/** The id of the one decision on a signal, and of the trade when it is approved. */
export function decisionIdOf(portfolioId: string, idempotencyKey: string): string {
  return idOf('decision', portfolioId, idempotencyKey)
}

/** The order of a trade. */
export function orderIdOf(tradeId: string): string {
  return idOf('order', tradeId)
}

/** The event that an order was placed. */
export function placementIdOf(orderId: string): string {
  return idOf('placement', orderId)
}

/** A report of an order: its execution id, its event id, and its fill id when it has quantity. */
export function fillIdOf(orderId: string, fillSeq: number): string {
  return idOf('fill', orderId, String(fillSeq))
}

/** A command to an order. */
export function commandIdOf(portfolioId: string, commandId: string): string {
  return idOf('order-command', portfolioId, commandId)
}

/** The verdict of instrument-risk on one signal event. */
export function verdictIdOf(signalEventId: string): string {
  return idOf('verdict', signalEventId)
}

/** A state of a portfolio's books. `markedBy`: the price event that alone changed their value. */
export function updateIdOf(portfolioId: string, version: bigint, stateHash: string, markedBy?: string): string {
  return idOf('update', portfolioId, version.toString(), stateHash, ...(markedBy === undefined ? [] : [markedBy]))
}

/** A quarantined report, by its content. */
export function quarantineIdOf(portfolioId: string, report: string): string {
  return idOf('quarantine', portfolioId, report)
}

/** The event of one version of an instrument. */
export function registrationIdOf(instrumentKey: string, instrumentVersion: bigint): string {
  return idOf('registration', instrumentKey, instrumentVersion.toString())
}

/** A version of the rules of a portfolio, or of every portfolio in one partition, by the record's key. */
export function controlIdOf(key: string, controlVersion: bigint): string {
  return idOf('control', key, controlVersion.toString())
}

/** A price of an instrument: a source has one at a time, so the time is part of what it is. Units: ms. */
export function marketPriceIdOf(instrumentKey: string, source: string, at: number): string {
  return idOf('market-price', instrumentKey, source, String(at))
}

/** The event that tells a portfolio of a price. */
export function portfolioPriceIdOf(priceEventId: string, portfolioId: string): string {
  return idOf('portfolio-price', priceEventId, portfolioId)
}

/** The event that carries a signal, for bots that give no event id themselves. */
export function signalEventIdOf(portfolioId: string, signalId: string): string {
  return idOf('signal', portfolioId, signalId)
}

function idOf(kind: string, ...identity: readonly string[]): string {
  return uuid5(identityOf(kind, ...identity))
}

/** A uuid v5 by one call of the hash: the events of a signal have some twenty of them. Source: RFC 9562, section 5.5. */
function uuid5(name: string): string {
  const needed = namespace.length + name.length * 3
  if (hashed.length < needed) {
    hashed = Buffer.alloc(needed)
    hashed.set(namespace)
  }
  const end = namespace.length + hashed.write(name, namespace.length)
  const hex = hash('sha1', hashed.subarray(0, end), 'hex')
  const variant = variants[Number.parseInt(hex[16]!, 16) & 3]
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}

/** The digit that holds the variant, by the two bits of the hash in it. */
const variants = ['8', '9', 'a', 'b'] as const
