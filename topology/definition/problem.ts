import type { SourceLocation } from './definition.ts'
import { TopologyError } from './errors.ts'

/** Something wrong with a definition: what, where and the remedy in one line, and where it was written. */
export interface Problem {
  readonly message: string
  readonly at?: SourceLocation
  /** It may only follow from parts that could not be declared: it counts once all of them are. */
  readonly ofWhole?: true
  /** The part that the problem is about, by which a loader finds its place. Shape: `{ kind: 'store', name: 'ledgers' }`. */
  readonly about?: { readonly kind: 'topology' | 'topic' | 'store' | 'node'; readonly name: string }
}

/** One line. Shape: `trading.yaml:14:14 sink topic 'signals.cheked' is not declared; did you mean 'signals.checked'?`. */
export function problemLine(problem: Problem): string {
  const { at, message } = problem
  return at ? `${at.file}:${at.line}:${at.column} ${message}` : message
}

/** The error that lists every problem. Errors: it is a TopologyError TOPOLOGY_INVALID. */
export function topologyError(what: string, problems: readonly Problem[]): TopologyError {
  const lines = problems.map(problemLine)
  const heading = `${what} has ${problems.length === 1 ? 'a problem' : `${problems.length} problems`}:`
  return new TopologyError('TOPOLOGY_INVALID', [heading, ...lines].join('\n  '), {
    context: { problems: problems.length },
  })
}
