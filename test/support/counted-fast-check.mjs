// fast-check with its `assert` counted. See assertion-count.mjs.
import * as real from 'fast-check'

export * from 'fast-check'

export const assert = (...args) => {
  globalThis[Symbol.for('millrace.assertions')].count++
  return real.assert(...args)
}

export default { ...real.default, assert }
