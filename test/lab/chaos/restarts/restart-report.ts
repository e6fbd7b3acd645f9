import Table from 'cli-table3'
import { type RestartReport, restartLimitMs } from './restart-run.ts'

/** The report of restarts, for a terminal. */
export function printRestarts(report: RestartReport): string {
  const { restarts, signals, reads, audit, problems } = report
  const table = new Table({
    head: ['restart', 'worker', 'process up', 'longest standstill', 'limit', 'group and partition'],
    style: { head: [], border: [] },
    chars: { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' },
  })
  for (const { how, worker, startedMs, standstillMs, where } of restarts)
    table.push([how, worker, seconds(startedMs), seconds(standstillMs), seconds(restartLimitMs[how]), where])
  const checks = audit.checks.map(({ name, lookedAt, problems }) => `${name}: ${lookedAt}, ${problems.length} problems`)
  const longest = Math.max(...restarts.map(({ standstillMs }) => standstillMs))
  return [
    `${table}`,
    `longest standstill: ${seconds(longest)}`,
    `fed: ${signals} signals`,
    `reads of the gateway: ${reads.count}, ${reads.failures.length} failed, the longest took ${Math.round(reads.longestMs)} ms`,
    ...checks,
    problems.length === 0 ? 'every promise held' : `${problems.length} problems:\n${problems.slice(0, 50).join('\n')}`,
  ].join('\n')
}

/** Restarts that stood still for longer than they may. */
export function overLimit({ restarts }: RestartReport): readonly string[] {
  return restarts
    .filter(({ how, standstillMs }) => standstillMs > restartLimitMs[how])
    .map(({ how, worker, standstillMs }) => `${how} of ${worker} stood still for ${seconds(standstillMs)}`)
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`
}
