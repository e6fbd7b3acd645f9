import * as assert from 'uvu/assert'
import { FatalError } from '../../../topology/definition/errors.ts'
import { seededRandom } from '../../../topology/testing/random.ts'
import { skipFile } from '../../support/suite.ts'
import { type ChaosReport, runChaos } from './chaos-run.ts'
import { type FaultKind, planOf, type Spacing } from './fault.ts'
import { printReport } from './report.ts'
import { type ChaosServers, startServers } from './servers.ts'

/** The time for which a worker may be silent. Units: ms. */
export const sessionTimeoutMs = 4_000

/** Servers to be broken, for one file. Without Java or Postgres binaries the file is skipped; in CI it fails. */
export async function serversToBreak(): Promise<ChaosServers> {
  return startServers().catch(error => {
    if (error instanceof FatalError && error.code === 'UNSUPPORTED') return skipFile(error.message)
    throw error
  })
}

/**
 * Runs the trading pipeline under exactly these faults, prints the report, and asserts that every fault happened and every
 * promise held. The servers are stopped.
 */
export async function holdsUnder(
  servers: ChaosServers,
  faults: Readonly<Partial<Record<FaultKind, number>>>,
  { seed, spacing, lastingMs }: { readonly seed: number; readonly spacing: Spacing; readonly lastingMs: number },
): Promise<ChaosReport> {
  const plan = planOf(faults, spacing, seededRandom(seed))
  const options = { seed, plan, lastingMs, rate: 40, workers: 2, sessionTimeoutMs, stormMs: 20_000 }
  const report = await runChaos(servers, options)
  console.log(printReport(report))
  assert.equal(report.problems, [], report.problems.slice(0, 10).join('; '))
  const fired = Object.fromEntries(report.faults.map(count => [count.kind, count.fired]))
  assert.equal(fired, faults, 'every fault happened')
  assert.is(report.audit.checks.length, 8)
  // A busy machine feeds less than the rate; with so few the faults would have hit nothing.
  assert.ok(report.fed.signals > 300, `${report.fed.signals} signals`)
  return report
}
