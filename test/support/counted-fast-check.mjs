// fast-check with its `assert` counted. See assertion-count.mjs.
import * as real from 'fast-check'

export * from 'fast-check'

// In CI each property draws the same inputs every time, so that a change is judged by itself. Elsewhere they are new in
// each run; a property that fails names its seed.
if (!['', '0', 'false', undefined].includes(process.env.CI))
  real.configureGlobal({ ...real.readConfigureGlobal(), seed: 1 })

export const assert = (...args) => {
  globalThis[Symbol.for('millrace.assertions')].count++
  return real.assert(...args)
}

export default { ...real.default, assert }
