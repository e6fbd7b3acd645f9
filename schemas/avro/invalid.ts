import type avsc from 'avsc'
import { typeText } from './resolution.ts'
import { hasFields } from './wire.ts'

/**
 * The first part of a value that its type does not take, by path, without the value itself: avsc's own errors print
 * payloads. Undefined when nothing is wrong.
 *
 * Shape: an Error with the message `has a number at 'payload.quantity' where the schema says decimal(38,18)`.
 */
export function invalidPart(type: avsc.Type, value: unknown): Error | undefined {
  let found: Error | undefined
  type.isValid(value, {
    errorHook(path, part, expected) {
      const where = path.length > 0 ? ` at '${path.join('.')}'` : ''
      found ??= new Error(`has ${kindOf(part)}${where} where the schema says ${typeText(expected)}`)
    },
  })
  return found
}

function kindOf(part: unknown): string {
  if (part === undefined) return 'nothing'
  if (part === null) return 'null'
  if (typeof part === 'string' && !part.isWellFormed()) return 'a string with a lone surrogate'
  if (Buffer.isBuffer(part)) return 'bytes'
  if (Array.isArray(part)) return 'an array'
  if (typeof part !== 'object') return `a ${typeof part}`
  if (!hasFields(part)) return `a ${Object.prototype.toString.call(part).slice(8, -1)}`
  return Object.keys(part).every(key => key.isWellFormed()) ? 'an object' : 'a key with a lone surrogate'
}
