import { int64, json, string, testDriver, topic, topology } from '../../../topology/index.ts'

/** The rounds of a bench of the test driver. */
export interface DriverWorkload {
  readonly rounds: number
  /** Records piped in each round. */
  readonly records: number
  readonly keys: number
}

/** One round. The processor's time does not depend on what else the machine does. */
export interface DriverRound {
  readonly recordsPerSecond: number
  /** User and system time of all threads, for each record. Units: microseconds. */
  readonly cpuMicroseconds: number
}

/** All rounds, and the figures to report. */
export interface DriverResult {
  readonly rounds: readonly DriverRound[]
  readonly best: number
  readonly median: number
  readonly leastCpuMicroseconds: number
}

const lines = topic('lines', { key: string, value: json<{ amount: number }>() })
const counts = topic('counts', { key: string, value: int64 })

/**
 * Counts records by key in the test driver: each is piped by `pipeSync`, so that it is processed, committed and applied before
 * the next. Every round has a driver of its own. Errors: when a count is missing.
 */
export async function driverBench(
  { rounds, records, keys }: DriverWorkload,
  onRound: (round: DriverRound) => void = () => {},
): Promise<DriverResult> {
  const measured: DriverRound[] = []
  for (let count = 0; count < rounds; count++) {
    const round = await oneRound(records, keys)
    measured.push(round)
    onRound(round)
  }
  const sorted = measured.map(({ recordsPerSecond }) => recordsPerSecond).sort((a, b) => a - b)
  return {
    rounds: measured,
    best: sorted.at(-1) ?? 0,
    median: sorted[Math.floor(sorted.length / 2)] ?? 0,
    leastCpuMicroseconds: Math.min(...measured.map(({ cpuMicroseconds }) => cpuMicroseconds)),
  }
}

async function oneRound(records: number, keys: number): Promise<DriverRound> {
  const counting = topology('driver-bench', t => {
    t.stream(lines).groupByKey().count('line-counts').toStream().to(counts)
  })
  const driver = await testDriver(counting)
  const began = process.hrtime.bigint()
  const before = process.cpuUsage()
  for (let index = 0; index < records; index++)
    driver.pipeSync(lines, `key-${index % keys}`, { amount: index }, { at: index })
  const cpu = process.cpuUsage(before)
  const seconds = Number(process.hrtime.bigint() - began) / 1e9
  const written = driver.read(counts).length
  driver.close()
  if (written !== records) throw new Error(`the driver wrote ${written} counts for ${records} records`)
  return {
    recordsPerSecond: Math.round(records / seconds),
    cpuMicroseconds: Math.round(((cpu.user + cpu.system) / records) * 10) / 10,
  }
}
