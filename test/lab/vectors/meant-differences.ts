import type { CompositionPlan } from './composition.ts'
import type { OpenCase } from './oracle.ts'

/**
 * A difference from Kafka Streams that is meant. It is told by another question: a case differs as it is meant only if its
 * answer is, record for record, the one that Kafka Streams gives to that question.
 */
export interface MeantDifference {
  /** As DESIGN.md has it. */
  readonly reason: string
  /** The question whose answer is that of millrace; undefined where the difference cannot show. It may have fewer steps. */
  ask(vector: OpenCase): OpenCase | undefined
}

type Parts = Readonly<Record<string, unknown>>

/** The differences of compositions that are meant. */
export const meantDifferences: readonly MeantDifference[] = [
  {
    reason: 'a suppression until close waits for the end that sliding windows and sessions include',
    ask: vector =>
      withPlan(vector, part => {
        const { closed, windows, size, grace } = part as Parts & Record<'size' | 'grace', number>
        if (!closed || windows === 'tumbling') return part
        return { ...part, closedAfter: grace + (windows === 'session' ? size : 0) + 1 }
      }),
  },
  {
    reason: "a windowed cogroup leaves null values out, as Kafka Streams' documentation says, not its code",
    ask: vector => {
      const topics = new Set<unknown>()
      withPlan(vector, part => {
        const of = part.windows === undefined ? [] : (part.of as readonly unknown[])
        if (of.length > 1) for (const topic of of) topics.add(topic)
        return part
      })
      const steps = vector.steps.filter(({ in: [topic, , value] }) => value !== null || !topics.has(topic))
      return steps.length === vector.steps.length ? undefined : { ...vector, steps }
    },
  },
  {
    reason: 'a table without a store is kept where it is suppressed; Kafka Streams keeps it where it is read',
    ask: vector =>
      withPlan(vector, part => {
        const { suppress } = part
        const text = JSON.stringify(suppress) ?? ''
        const kept = text.includes('"store":true') || !text.includes('"unkept"') || text.startsWith('{"unkept"')
        return kept ? part : { ...part, suppress: { ...(suppress as Parts), store: true } }
      }),
  },
]

/** The case with another plan, whose parts are changed from the innermost to the outermost; undefined when none is. */
function withPlan(vector: OpenCase, change: (part: Parts) => Parts): OpenCase | undefined {
  const rewrite = (value: unknown): unknown => {
    if (Array.isArray(value) || typeof value !== 'object' || value === null) return value
    const parts = Object.entries(value).map(([name, part]) => [name, rewrite(part)] as const)
    return change(Object.fromEntries(parts))
  }
  const plan = rewrite(vector.params.plan) as CompositionPlan
  if (JSON.stringify(plan) === JSON.stringify(vector.params.plan)) return undefined
  return { ...vector, params: { ...vector.params, plan } }
}
