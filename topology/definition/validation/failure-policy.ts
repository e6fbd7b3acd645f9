import type { FailurePolicy, TopologyDefinition } from '../definition.ts'
import { type Duration, durationMs } from '../duration.ts'
import { messageOf } from '../errors.ts'
import type { Problem } from '../problem.ts'

/** Retries that could not be done: a count that is not whole, durations that do not parse, a cap below the backoff. */
export function failurePolicyProblems(definition: TopologyDefinition): readonly Problem[] {
  return definition.nodes.flatMap(node => {
    if (node.kind === 'source') return []
    const fault = node.failure && policyFault(node.failure)
    if (!fault) return []
    const message = `failure policy of '${node.name}': ${fault}`
    return [{ message, about: { kind: 'node' as const, name: node.name }, ...(node.at && { at: node.at }) }]
  })
}

/** The fault of a policy; undefined if there is none. */
export function policyFault({ retry, then, breaker, slowAfter }: FailurePolicy): string | undefined {
  if (then !== 'dead-letter' && then !== 'stop') return `'${then}' is not known: write 'dead-letter' or 'stop'`
  const broken = breaker && breakerFault(breaker)
  if (broken) return broken
  if (slowAfter !== undefined) {
    const fault = durationFault(slowAfter)
    if (fault) return fault
  }
  if (!retry) return undefined
  if (!Number.isSafeInteger(retry.attempts) || retry.attempts < 1) {
    return `${retry.attempts} attempts cannot be made: write a whole number from 1`
  }
  try {
    if (durationMs(retry.backoff) <= durationMs(retry.cap)) return undefined
    return `the cap '${retry.cap}' is shorter than the backoff '${retry.backoff}': swap them`
  } catch (error) {
    return messageOf(error)
  }
}

function durationFault(duration: Duration): string | undefined {
  try {
    durationMs(duration)
    return undefined
  } catch (error) {
    return messageOf(error)
  }
}

function breakerFault({ share, records }: NonNullable<FailurePolicy['breaker']>): string | undefined {
  if (!(share >= 0 && share <= 1)) return `a breaker's share of ${share} cannot be reached: write a number from 0 to 1`
  if (Number.isSafeInteger(records) && records >= 0 && records <= 1_000_000) return undefined
  return `a breaker cannot look at ${records} records: write a whole number from 0 to 1000000`
}
