import { idField, longParameter, waitParameter } from '../index.ts'
import type { PortfolioCut } from './reads/portfolio-cut.ts'

/** Bounded staleness: the least state that the answer must include. */
export const freshnessParameters = {
  minVersion: longParameter('The books include at least so many reports (`summary.version`).'),
  minExecSeq: longParameter('The books include every report up to this one (`summary.throughExecSeq`).'),
  minRiskSeq: longParameter('Risk has taken at least so many decisions (`summary.riskSeq`).'),
  including: idField
    .optional()
    .openapi({ description: 'Idempotency key of a signal: it is decided and, if approved, its order has ended.' }),
  waitMs: waitParameter,
}

/** The bounds as a request gives them. */
export interface Freshness {
  readonly minVersion?: bigint | undefined
  readonly minExecSeq?: bigint | undefined
  readonly minRiskSeq?: bigint | undefined
  readonly including?: string | undefined
  readonly waitMs: number
}

/** Says in which way a portfolio is too old; undefined when it is new enough. Shape: `version 3, asked for 5`. */
export function portfolioLag(cut: PortfolioCut | undefined, wanted: Freshness): string | undefined {
  const { minVersion = 0n, minExecSeq = 0n, minRiskSeq = 0n, including } = wanted
  const version = cut?.books?.row.version ?? 0n
  const execSeq = cut?.books?.row.throughExecSeq ?? 0n
  const riskSeq = cut?.risk?.row.riskSeq ?? 0n
  if (version < minVersion) return `version is ${version}, asked for ${minVersion}`
  if (execSeq < minExecSeq) return `throughExecSeq is ${execSeq}, asked for ${minExecSeq}`
  if (riskSeq < minRiskSeq) return `riskSeq is ${riskSeq}, asked for ${minRiskSeq}`
  if (including !== undefined && !cut?.includesSignal) return `signal '${including}' is not settled`
  return undefined
}
