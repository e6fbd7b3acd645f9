import { readFileSync } from 'node:fs'
import { type Context, Hono } from 'hono'

/** Nothing is loaded from anywhere but this gateway, and nothing foreign can run. */
const policy = [
  "default-src 'none'",
  "connect-src 'self'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

const headers = {
  'Content-Security-Policy': policy,
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cache-Control': 'no-cache',
} as const

const types = { css: 'text/css; charset=utf-8', js: 'text/javascript; charset=utf-8' } as const

/** What the pages are made of, beside their HTML. */
const assets = ['style.css', 'chart.js', 'format.js', 'portfolio.js', 'api.js'] as const

/** The pages: a portfolio's at `/` and `/portfolios/{id}`, the API's at `/docs`, and what they load at `/assets`. */
export function pages(): Hono {
  const portfolio = read('portfolio.html')
  const api = read('api.html')
  const app = new Hono()
    .get('/', context => page(context, portfolio))
    .get('/portfolios/:portfolioId', context => page(context, portfolio))
    .get('/docs', context => page(context, api))
  for (const name of assets) {
    const [body, type] = [read(name), types[name.endsWith('.css') ? 'css' : 'js']]
    app.get(`/assets/${name}`, context => context.body(body, 200, { ...headers, 'Content-Type': type }))
  }
  return app
}

function page(context: Context, html: string): Response {
  return context.html(html, 200, headers)
}

function read(name: string): string {
  return readFileSync(new URL(name, import.meta.url), 'utf8')
}
