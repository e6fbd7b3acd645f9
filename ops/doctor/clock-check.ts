import type { ClockDifference } from '../../topology/broker/kafkajs/survey.ts'
import { doubtful, wrong } from './finding.ts'

/** Latencies and ages are wrong by as much. Units: ms. */
const noticeableMs = 500
/** Timeouts and retention are wrong, too. Units: ms. */
const harmfulMs = 5_000

/** Judges the clock of a server against the one of this machine. Shape of `server`: `'Kafka'`. */
export function judgeClock(server: string, { aheadMs, withinMs }: ClockDifference) {
  const sure = Math.abs(aheadMs) - withinMs
  const direction = aheadMs < 0 ? 'behind' : 'ahead of'
  const said = `${Math.abs(aheadMs)} ms ${direction} this machine, give or take ${withinMs}`
  const problem = `its clock is ${Math.abs(aheadMs)} ms ${direction} the one of this machine`
  const remedy = 'synchronise both with NTP (chronyd, systemd-timesyncd) before you believe any latency'
  if (sure > harmfulMs) return { said, findings: [wrong(server, problem, remedy)] }
  return { said, findings: sure > noticeableMs ? [doubtful(server, problem, remedy)] : [] }
}
