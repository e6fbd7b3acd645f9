import { OpenAPIHono } from '@hono/zod-openapi'
import { Problem } from '../problem.ts'

/** A small router of its own: one long chain of typed routes slows the compiler. What does not validate is problem details. */
export function resource(): OpenAPIHono {
  return new OpenAPIHono({
    defaultHook(result) {
      if (result.success) return
      const errors = result.error.issues.map(({ path, message }) => ({
        at: path.join('.') || result.target,
        problem: message,
      }))
      throw new Problem('invalid-request', errors.map(({ at, problem }) => `${at}: ${problem}`).join('; '), { errors })
    },
  })
}
