/** The refusals that a port answers before any route of it is asked, as problem details. Source: RFC 9457. */
export const refusals = {
  'wrong-host': { status: 421, title: 'This host is not served here' },
  unauthorized: { status: 401, title: 'A token is needed' },
  forbidden: { status: 403, title: 'Not allowed' },
  'too-many': { status: 429, title: 'Too many at once' },
} as const

/** A key of `refusals`. */
export type RefusalKind = keyof typeof refusals

/** A refusal as an answer. `detail` says what to do about it. */
export function refusal(kind: RefusalKind, detail: string, headers: Readonly<Record<string, string>> = {}): Response {
  const { status, title } = refusals[kind]
  const body = JSON.stringify({ type: `/problems/${kind}`, title, status, detail })
  return new Response(body, {
    status,
    headers: { ...headers, 'Content-Type': 'application/problem+json', 'Cache-Control': 'no-store' },
  })
}
