/*
 * One case of the engine bench, in a process of its own: what ran before would change what the compiler makes of it.
 * Its arguments are the case, the records and the rounds; it prints one `EngineFigure` as JSON.
 */
import { calibrationRound } from './calibration.ts'
import { type EngineFigure, median } from './engine-bench.ts'
import type { EngineCase } from './engine-case.ts'
import { type EngineRound, engineRound } from './engine-round.ts'
import { inputLogs } from './input-log.ts'

const calibrationRecords = 500_000

const [name, records, rounds] = process.argv.slice(2) as [EngineCase, string, string]
const logs = inputLogs(name, { records: Number(records), keys: 10_000 })
// The first round is the compiler's.
await engineRound(name, logs)
const measured: (EngineRound & { readonly loops: number })[] = []
for (let count = 0, before = calibration(); count < Number(rounds); count++) {
  const round = await engineRound(name, logs)
  const after = calibration()
  measured.push({ ...round, loops: (2 * round.userPerMillion) / (before + after) })
  before = after
}
const [{ written, rows } = { written: 0, rows: 0 }] = measured
const figure: EngineFigure = {
  name,
  userPerMillion: median(measured.map(round => round.userPerMillion)),
  loops: median(measured.map(round => round.loops)),
  written,
  rows,
}
console.log(JSON.stringify(figure))
process.exit(0)

/** The plain loop at this time: the middle one of some, since each is short. */
function calibration(): number {
  return median(Array.from({ length: 5 }, () => calibrationRound(calibrationRecords)))
}
