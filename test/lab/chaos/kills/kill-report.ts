import { appendFile, readFile } from 'node:fs/promises'
import type { KillReport } from './kill-run.ts'

/** The report of a run, for a terminal. With a ledger, a file of one run a line, the run is added to it, and their sum told. */
export async function printKills(report: KillReport, ledger?: string): Promise<string> {
  const said = ['this run', ...linesOf([report])]
  if (ledger !== undefined) {
    await appendFile(ledger, `${JSON.stringify(report)}\n`)
    const runs = (await readFile(ledger, 'utf8')).trim().split('\n')
    said.push(`all ${runs.length} runs of ${ledger}`, ...linesOf(runs.map(run => JSON.parse(run) as KillReport)))
  }
  return [...said, ...report.problems.slice(0, 50)].join('\n')
}

function linesOf(runs: readonly KillReport[]): readonly string[] {
  const sum = (numberOf: (run: KillReport) => number) => runs.reduce((all, run) => all + numberOf(run), 0)
  const points = Object.keys(runs[0]!.kills)
  const byPoint = points.map(point => `${point} ${sum(({ kills }) => kills[point] ?? 0)}`)
  return [
    `  SIGKILLs: ${sum(({ kills }) => Object.values(kills).reduce((all, count) => all + count, 0))} (${byPoint.join(', ')})`,
    `  inputs: ${sum(({ inputs }) => inputs)}, outputs: ${sum(({ outputs }) => outputs)}, rows compared: ${sum(({ rows }) => rows)}`,
    `  broken promises: ${sum(({ problems }) => problems.length)}`,
  ]
}
