import type { Hono } from 'hono'
import { TrieRouter } from 'hono/router/trie-router'
import { Problem } from './problem.ts'

/** The problem of a request that no route takes: 405 with the methods of its path, or 404. Built once all routes are there. */
export function missProblem(app: Pick<Hono, 'routes'>): (path: string) => Problem {
  const router = new TrieRouter<string>()
  for (const { path, method } of app.routes) if (method !== 'ALL') router.add('ANY', path, method)
  return path => {
    const [found] = router.match('ANY', path)
    const methods = [...new Set(found.map(([method]) => method))]
    if (methods.length === 0) return new Problem('not-found', `there is no ${path}`)
    const allowed = (methods.includes('GET') ? [...methods, 'HEAD'] : methods).join(', ')
    return new Problem('method-not-allowed', `${path} takes ${allowed}`, { headers: { Allow: allowed } })
  }
}
