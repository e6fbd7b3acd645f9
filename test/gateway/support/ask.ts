import type { AnyJson } from './any-json.ts'

/** Something that answers requests without a port. */
export interface Asked {
  request(request: string | Request): Response | Promise<Response>
}

/** One answer, its body read: parsed where it is JSON. */
export async function ask(app: Asked, request: string | Request) {
  const response = await app.request(request)
  const text = await response.text()
  const json = text !== '' && response.headers.get('Content-Type')?.includes('json')
  return { status: response.status, headers: response.headers, body: (json ? JSON.parse(text) : text) as AnyJson }
}
