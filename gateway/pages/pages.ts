import { readFileSync } from 'node:fs'
import { type Context, Hono } from 'hono'
import { pagePolicy } from '../../topology/http/security-headers.ts'

const headers = { 'Content-Security-Policy': pagePolicy, 'Cache-Control': 'no-cache' } as const

const types = { css: 'text/css; charset=utf-8', js: 'text/javascript; charset=utf-8' } as const

/** Pages and the files that they load, all in one folder. */
export interface StaticPages {
  /** Shape: `new URL('pages/', import.meta.url)`. */
  readonly folder: URL
  /** The file of HTML of each path. Shape: `{ '/portfolios/:portfolioId': 'portfolio.html' }`. */
  readonly pages: Readonly<Record<string, string>>
  /** Files that are served at `/assets/<name>`, by the end of their names. */
  readonly assets: readonly `${string}.${keyof typeof types}`[]
}

/** The pages of any gateway. An application's may load its assets too: `style.css` and `element.js`. */
const own: StaticPages = {
  folder: new URL('.', import.meta.url),
  pages: { '/docs': 'api.html' },
  assets: ['style.css', 'element.js', 'api.js'],
}

/** An application's pages, the documentation at `/docs`, and what they load at `/assets`. */
export function pages(application?: StaticPages): Hono {
  const app = new Hono()
  for (const { folder, pages, assets } of application ? [application, own] : [own]) {
    for (const [path, name] of Object.entries(pages)) {
      const html = readFileSync(new URL(name, folder), 'utf8')
      app.get(path, context => page(context, html))
    }
    for (const name of assets) {
      const body = readFileSync(new URL(name, folder), 'utf8')
      const type = types[name.endsWith('.css') ? 'css' : 'js']
      app.get(`/assets/${name}`, context => context.body(body, 200, { ...headers, 'Content-Type': type }))
    }
  }
  // The first matching route answers, so this one is used only if no page of the application takes the path.
  return app.get('/', context => context.redirect('/docs'))
}

function page(context: Context, html: string): Response {
  return context.html(html, 200, headers)
}
