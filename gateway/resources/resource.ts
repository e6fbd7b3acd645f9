import { OpenAPIHono } from '@hono/zod-openapi'
import { invalidRequest } from '../problem.ts'
import { requestBodies } from '../request-bodies.ts'

/**
 * A small router: one long chain of typed routes slows the compiler. Invalid requests are answered with problem details. A route
 * that documents a body has it read strictly, before its handler: it need not be named in `bodyPaths`.
 */
export function resource(): OpenAPIHono {
  const app = new OpenAPIHono({
    defaultHook(result) {
      if (result.success) return
      const { error, data, target } = result as typeof result & { readonly data?: unknown }
      throw invalidRequest(error.issues, data, target === 'json' ? 'body' : target)
    },
  })
  const plain = app.openapi
  app.openapi = ((route, ...rest) =>
    plain(
      route.request?.body ? { ...route, middleware: [requestBodies(), ...listOf(route.middleware)] } : route,
      ...rest,
    )) as typeof plain
  return app
}

function listOf<T>(value: T | readonly T[] | undefined): readonly T[] {
  if (value === undefined) return []
  return Array.isArray(value) ? value : [value as T]
}
