import type { PipelineRun } from './pipeline.ts'

/** A run in lines to print. Shape: `['1204 decided/s, 1011 settled/s (9841 approved)', 'CPU a signal: worker 650 µs, kafka 400 µs', ...]`. */
export function pipelineLines(run: PipelineRun): readonly string[] {
  const { decidedPerSecond, settledPerSecond, approved, cpuMicroseconds, perSignal } = run
  const cpu = Object.entries(cpuMicroseconds).map(([name, microseconds]) => `${name} ${microseconds} µs`)
  const { kafkaTransactions, outputs, applies, rows, postgresTransactions } = perSignal
  return [
    `${decidedPerSecond} decided/s, ${settledPerSecond} settled/s (${approved} approved)`,
    `CPU a signal: ${cpu.join(', ')}`,
    `a signal: ${figure(kafkaTransactions)} Kafka transactions with ${figure(outputs)} outputs, ${figure(applies)} applies of ${figure(rows)} rows, ${figure(postgresTransactions)} Postgres transactions`,
  ]
}

function figure(value: number): string {
  return value.toFixed(value < 1 ? 3 : 1)
}
