// Loaded by the runner with --import: from here on test files that import uvu/assert or fast-check get the counted
// versions beside this file, so that a test without an assertion can be told from one that passed.
import { register } from 'node:module'

globalThis[Symbol.for('millrace.assertions')] = { count: 0 }

const hooks = `
  const counted = ${JSON.stringify({
    'uvu/assert': new URL('./counted-uvu-assert.mjs', import.meta.url).href,
    'fast-check': new URL('./counted-fast-check.mjs', import.meta.url).href,
  })}
  export function resolve(specifier, context, next) {
    const url = counted[specifier]
    return url !== undefined && context.parentURL !== url ? { url, format: 'module', shortCircuit: true } : next(specifier, context)
  }`
register(`data:text/javascript,${encodeURIComponent(hooks)}`)
