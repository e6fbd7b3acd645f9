// uvu/assert with every call counted. See assertion-count.mjs.
import * as real from 'uvu/assert'

const counter = globalThis[Symbol.for('millrace.assertions')]

// The variants refer to each other (`not.ok`, `ok.not`): each is wrapped once.
const wrapped = new Map()

const counted = assertion => {
  if (wrapped.has(assertion)) return wrapped.get(assertion)
  const call = (...args) => {
    counter.count++
    return assertion(...args)
  }
  wrapped.set(assertion, call)
  for (const [name, variant] of Object.entries(assertion)) call[name] = counted(variant)
  return call
}

export const ok = counted(real.ok)
export const is = counted(real.is)
export const equal = counted(real.equal)
export const unreachable = counted(real.unreachable)
export const type = counted(real.type)
export const instance = counted(real.instance)
export const match = counted(real.match)
export const snapshot = counted(real.snapshot)
export const fixture = counted(real.fixture)
export const throws = counted(real.throws)
export const not = counted(real.not)
export const Assertion = real.Assertion
