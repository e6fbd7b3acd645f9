import { int64, json, string, testDriver, topic, topology } from '../../../topology/index.ts'

/** The rounds of a bench of the test driver. */
export interface DriverWorkload {
  readonly rounds: number
  /** Records piped in each round. */
  readonly records: number
  readonly keys: number
}

/** Records a second of every round, in their order, and the two figures to report. */
export interface DriverResult {
  readonly recordsPerSecond: readonly number[]
  readonly best: number
  readonly median: number
}

const lines = topic('lines', { key: string, value: json<{ amount: number }>() })
const counts = topic('counts', { key: string, value: int64 })

/**
 * Counts records by key in the test driver: each is piped by `pipeSync`, so that it is processed, committed and applied before
 * the next. A round has a driver of its own, and reads its last output before the time is taken.
 */
export async function driverBench(
  { rounds, records, keys }: DriverWorkload,
  onRound: (recordsPerSecond: number) => void = () => {},
): Promise<DriverResult> {
  const recordsPerSecond: number[] = []
  for (let round = 0; round < rounds; round++) {
    const rate = await oneRound(records, keys)
    recordsPerSecond.push(rate)
    onRound(rate)
  }
  const sorted = [...recordsPerSecond].sort((a, b) => a - b)
  return { recordsPerSecond, best: sorted.at(-1) ?? 0, median: sorted[Math.floor(sorted.length / 2)] ?? 0 }
}

async function oneRound(records: number, keys: number): Promise<number> {
  const counting = topology('driver-bench', t => {
    t.stream(lines).groupByKey().count('line-counts').toStream().to(counts)
  })
  const driver = await testDriver(counting)
  const began = process.hrtime.bigint()
  for (let index = 0; index < records; index++)
    driver.pipeSync(lines, `key-${index % keys}`, { amount: index }, { at: index })
  const seconds = Number(process.hrtime.bigint() - began) / 1e9
  const written = driver.read(counts).length
  driver.close()
  if (written !== records) throw new Error(`counted ${written} of ${records} records`)
  return Math.round(records / seconds)
}
