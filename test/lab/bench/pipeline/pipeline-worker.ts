/*
 * A worker of the pipeline's bench, in a process of its own: runs the trading pipeline, or one of its processors, until its standard
 * input ends. Standard output is as `bench-process.ts` has it.
 */
import trading from '../../../../processors/trading.ts'
import { run } from '../../../../topology/index.ts'
import type { PipelineWorkerSettings } from './pipeline.ts'

const settings = JSON.parse(process.argv[2] ?? '') as PipelineWorkerSettings
const counts = { commits: 0, outputs: 0, applies: 0, rows: 0 }

const app = await run(trading, {
  kafka: settings.kafka,
  registry: settings.registry,
  postgres: settings.postgres,
  ...(settings.processor !== undefined && { processors: [settings.processor] }),
  metrics: {
    committed(_, __, outputs) {
      counts.commits++
      counts.outputs += outputs
    },
    applied(_, __, rows) {
      if (rows === 0) return
      counts.applies++
      counts.rows += rows
    },
  },
})
const looking = setInterval(() => {
  const tasks = app.status()
  if (tasks.length < settings.tasks || tasks.some(task => task.state !== 'running')) return
  clearInterval(looking)
  say('first')
}, 10)

process.stdin.resume()
process.stdin.once('end', async () => {
  await app.stop()
  say('end')
})
void app.failed.then(error => {
  console.error(error)
  process.exit(1)
})

function say(reading: 'first' | 'end'): void {
  const { user, system } = process.cpuUsage()
  const { rss: rssBytes, heapUsed: heapBytes } = process.memoryUsage()
  const cpuMs = (user + system) / 1_000
  console.log(JSON.stringify({ reading, at: Date.now(), cpuMs, rssBytes, heapBytes, counts }))
}
