import { OpenAPIHono } from '@hono/zod-openapi'
import { invalidRequest } from '../problem.ts'

/** A small router: one long chain of typed routes slows the compiler. Invalid requests are answered with problem details. */
export function resource(): OpenAPIHono {
  return new OpenAPIHono({
    defaultHook(result) {
      if (result.success) return
      const { error, data, target } = result as typeof result & { readonly data?: unknown }
      throw invalidRequest(error.issues, data, target === 'json' ? 'body' : target)
    },
  })
}
