/*
 * One case of the engine bench, in a process of its own: what ran before would change what the compiler makes of it.
 * Its arguments are the case, the records and the rounds; it prints one `EngineFigure` as JSON.
 */
import { calibrationRound } from './calibration.ts'
import type { EngineFigure } from './engine-bench.ts'
import type { EngineCase } from './engine-case.ts'
import { engineRound } from './engine-round.ts'
import { inputLogs } from './input-log.ts'

/** Calibrations beside each round: short and many, so that they find the same quiet moments as the rounds. */
const calibrations = 4
const calibrationRecords = 500_000

const [name, records, rounds] = process.argv.slice(2) as [EngineCase, string, string]
const logs = inputLogs(name, { records: Number(records), keys: 10_000 })
let userPerMillion = Number.POSITIVE_INFINITY
let calibration = Number.POSITIVE_INFINITY
let round = { written: 0, rows: 0 }
for (let count = 0; count < Number(rounds); count++) {
  calibrate()
  const { userPerMillion: seconds, ...rest } = await engineRound(name, logs)
  userPerMillion = Math.min(userPerMillion, seconds)
  round = rest
}
calibrate()
const figure: EngineFigure = { name, userPerMillion, calibration, ...round }
console.log(JSON.stringify(figure))
process.exit(0)

function calibrate(): void {
  for (let count = 0; count < calibrations; count++)
    calibration = Math.min(calibration, calibrationRound(calibrationRecords))
}
