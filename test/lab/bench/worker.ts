/*
 * The worker of a bench, in a process of its own: counts until its standard input ends.
 * Standard output is as `bench-process.ts` has it.
 */
import { run } from '../../../topology/index.ts'
import { type CountRun, countTopology } from './count-topology.ts'

const settings = JSON.parse(process.argv[2] ?? '') as CountRun & { readonly memoryEveryMs?: number }

const app = await run(countTopology(settings), {
  kafka: settings.kafka,
  postgres: settings.postgres,
  schema: settings.application,
  settings: { commitIntervalMs: 100 },
})
const looking = setInterval(() => {
  if (!app.status().some(task => task.processed > 0)) return
  clearInterval(looking)
  say('first')
}, 2)

process.stdin.resume()
process.stdin.once('end', async () => {
  say('end')
  await app.stop()
})
void app.failed.then(error => {
  console.error(error)
  process.exit(1)
})

if (settings.memoryEveryMs !== undefined) setInterval(() => say('memory'), settings.memoryEveryMs).unref()

function say(reading: 'first' | 'end' | 'memory'): void {
  const { user, system } = process.cpuUsage()
  const cpuMs = (user + system) / 1000
  const { rss: rssBytes, heapUsed: heapBytes } = process.memoryUsage()
  console.log(JSON.stringify({ reading, at: Date.now(), cpuMs, rssBytes, heapBytes }))
}
