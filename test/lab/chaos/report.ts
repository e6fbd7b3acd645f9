import Table from 'cli-table3'
import { standstillLimitMs } from '../cluster/standstill-record.ts'
import type { ChaosReport } from './chaos-run.ts'
import type { Recovery } from './watch.ts'

/** The report of a chaos run, for a terminal and for a runbook. */
export function printReport(report: ChaosReport): string {
  const { seed, lastedMs, fed, problems, failedStarts } = report
  return [
    `chaos run, seed ${seed}, ${(lastedMs / 60_000).toFixed(1)} minutes of faults`,
    faults(report),
    records(report),
    `fed: ${fed.signals} signals, ${fed.conflicts} conflicts, ${fed.undecodable} undecodable records`,
    checks(report),
    recoveries(report),
    ...(report.standstills.length > 0 ? [standstills(report)] : []),
    memory(report),
    `starts that failed while a part was away, and were tried again: ${failedStarts}`,
    problems.length === 0 ? 'every promise held' : `${problems.length} problems:\n${problems.slice(0, 50).join('\n')}`,
  ].join('\n\n')
}

function faults(report: ChaosReport): string {
  const planned = report.faults.reduce((sum, count) => sum + count.planned, 0)
  const fired = report.faults.reduce((sum, count) => sum + count.fired, 0)
  return table(
    ['fault', 'planned', 'fired'],
    [...report.faults.map(count => [count.kind, count.planned, count.fired]), ['all', planned, fired]],
  )
}

function records({ audit }: ChaosReport): string {
  return table(
    ['topic', 'committed records'],
    Object.entries(audit.records).map(([topic, count]) => [topic, count]),
  )
}

function checks({ audit }: ChaosReport): string {
  return table(
    ['check', 'looked at', 'problems'],
    audit.checks.map(({ name, lookedAt, problems }) => [name, lookedAt, problems.length]),
  )
}

function recoveries({ recoveries, sessionTimeoutMs }: ChaosReport): string {
  const kinds = new Map<string, Recovery[]>()
  for (const recovery of recoveries) kinds.set(recovery.fault, [...(kinds.get(recovery.fault) ?? []), recovery])
  const rows = [...kinds, ['all', recoveries] as const].map(([kind, all]) => {
    const sorted = all.map(({ ms }) => ms).sort((a, b) => a - b)
    return [kind, sorted.length, seconds(at(sorted, 0.5)), seconds(at(sorted, 0.9)), seconds(at(sorted, 1))]
  })
  const title = `until the last task of a dead or frozen worker commits again, or runs with nothing to read (session timeout ${seconds(sessionTimeoutMs)})`
  return `${title}\n${table(['after', 'times', 'median', '90 %', 'longest'], rows)}`
}

function memory({ memory }: ChaosReport): string {
  return table(
    ['worker', 'starts', 'resident at start', 'resident at end'],
    memory.map(({ worker, starts, atStart, atEnd }) => [worker, starts, megabytes(atStart), megabytes(atEnd)]),
  )
}

function standstills({ standstills }: ChaosReport): string {
  const title = 'longest time that a partition had records to read and none was committed'
  return `${title}\n${table(
    ['in', 'while', 'longest', 'limit', 'from', 'group and partition'],
    standstills.map(({ fault, kind, ms, from, where }) => [
      fault,
      kind,
      seconds(ms),
      standstillLimitMs[kind] === undefined ? '' : seconds(standstillLimitMs[kind]),
      new Date(from).toISOString().slice(11, 19),
      where,
    ]),
  )}`
}

function at(sorted: readonly number[], share: number): number {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1_000_000)} MB`
}

function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const made = new Table({
    head: [...head],
    style: { head: [], border: [] },
    colAligns: head.map((_, index) => (index === 0 ? 'left' : 'right')),
    chars: { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' },
  })
  for (const row of rows) made.push([...row])
  return `${made}`
}
