import { type ProblemKind, problemKinds, problemView } from '../problem.ts'

/** The problem responses of a route, for its documentation: one a status. */
export function problemResponses(...kinds: readonly ProblemKind[]) {
  const responses: Record<
    number,
    { description: string; content: { 'application/problem+json': { schema: typeof problemView } } }
  > = {}
  for (const kind of kinds) {
    const { status, title } = problemKinds[kind]
    const known = responses[status]?.description
    responses[status] = {
      description: known ? `${known}; or: ${title}` : title,
      content: { 'application/problem+json': { schema: problemView } },
    }
  }
  return responses
}

/** The problems that a read which may wait for newer state can end with, for its documentation. */
export const freshProblems = problemResponses(
  'not-found',
  'invalid-request',
  'too-old',
  'not-ready',
  'unavailable',
  'timeout',
)
