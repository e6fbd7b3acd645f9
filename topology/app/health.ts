import { Hono } from 'hono'
import { Registry } from 'prom-client'
import type { Clock } from '../definition/clock.ts'
import { type Guard, guardOf } from '../http/guard.ts'
import { type Listening, listen } from '../http/listen.ts'
import { type PortAccess, portAccess } from '../http/port-access.ts'
import { type EnterStream, streamsOf } from '../http/streams.ts'
import type { UnreadPartitions } from '../runtime/partition-watch.ts'
import type { TaskStatus } from '../runtime/task-status.ts'
import { metricsText, processMetrics } from './metrics.ts'
import type { RunningWorker, WorkerStatus } from './worker-run.ts'

/** The parts of a worker's port that further routes are made of. */
interface PortParts {
  readonly guard: Guard
  readonly enterStream: EnterStream
  /** A token is set, so that routes may write. */
  readonly writes: boolean
}

/**
 * Serves `/healthz` (the process is alive), `/startupz` (503 until the worker has joined its groups), `/readyz` (503 until then,
 * while a task is restoring or stuck, or while a task or the whole worker waits for something: `reasons` say for what), `/status` (all
 * tasks) and `/metrics` (Prometheus); the last two need the token where there is one. Port 0 chooses a free one. `worker`
 * gives the worker; undefined: it is still starting. `more` makes further routes.
 *
 * Errors: TopologyError CONFIG_INVALID when the port is in use, or open beyond loopback without a token.
 */
export async function serveHealth(
  worker: () => RunningWorker | undefined,
  port: number,
  clock: Pick<Clock, 'now'>,
  given: Partial<PortAccess> = {},
  more?: (port: PortParts) => Hono,
): Promise<Listening> {
  const access = portAccess(given)
  const guard = guardOf(access)
  const app = new Hono().use(guard.everyRoute)
  for (const path of ['/status', '/metrics']) app.use(path, guard.operating)
  const ofProcess = processMetrics()
  app.get('/healthz', context => context.json({ status: 'up' }))
  const statusNow = async () => (await worker()?.status()) ?? starting
  app.get('/startupz', context => {
    const started = worker() !== undefined
    return context.json({ status: started ? 'started' : 'starting' }, started ? 200 : 503)
  })
  app.get('/readyz', async context => {
    const { tasks: all, waiting, unread = [] } = await statusNow()
    const reasons = [
      ...waiting.map(reason => ({ code: 'WAITING', task: null, reason })),
      ...all.flatMap(reasonOf),
      ...unread.map(unreadReason),
    ]
    const ready = reasons.length === 0
    return context.json({ status: ready ? 'ready' : 'waiting', reasons }, ready ? 200 : 503)
  })
  app.get('/status', async context => context.json({ now: clock.now(), ...(await statusNow()) }))
  app.get('/metrics', async context => {
    const text = await metricsText((await worker()?.metrics()) ?? [], await statusNow())
    return context.text(`${text}\n${await ofProcess.metrics()}`, 200, {
      'Content-Type': Registry.PROMETHEUS_CONTENT_TYPE,
    })
  })
  if (more) app.route('/', more({ guard, enterStream: streamsOf(access), writes: access.token !== undefined }))
  return listen(app.fetch, port, access)
}

const starting: WorkerStatus = { tasks: [], waiting: ['the worker is starting'], expected: [] }

/** A reason why a worker is not ready. `task`: null when it is that of the worker as a whole. */
interface Reason {
  /**
   * `WAITING` for a server or a group; `RESTORING` a table; `OPENING`; `TASK_STUCK`: the log and the runbook have it too;
   * `TASK_PARKED`: it cannot go on, and is set apart; `PARTITIONS_UNREAD`: an input has partitions that nobody reads.
   */
  readonly code: 'WAITING' | 'RESTORING' | 'OPENING' | 'TASK_STUCK' | 'TASK_PARKED' | 'PARTITIONS_UNREAD'
  readonly task: string | null
  readonly reason: string
}

function unreadReason({ subtopology, topic, from, to, reason }: UnreadPartitions): Reason {
  const what = `'${subtopology}' does not read partitions ${from} to ${to} of '${topic}'`
  return { code: 'PARTITIONS_UNREAD', task: null, reason: `${what}: ${reason}` }
}

/** The reason why a task is not ready; none when it runs, or is suspended by a rebalance. */
function reasonOf({ task, state, outage, stuck, restoring, parked }: TaskStatus): readonly Reason[] {
  if (parked !== undefined) return [{ code: 'TASK_PARKED', task, reason: `${parked.code}: ${parked.reason}` }]
  if (outage !== undefined) return [{ code: 'WAITING', task, reason: outage }]
  if (stuck !== undefined) return [{ code: 'TASK_STUCK', task, reason: stuck }]
  if (state === 'running' || state === 'suspended') return []
  if (state !== 'restoring') return [{ code: 'OPENING', task, reason: `it is ${state}` }]
  const left = restoring && `, ${restoring.remaining} records of '${restoring.store}' are left`
  return [{ code: 'RESTORING', task, reason: `its tables are restored${left ?? ''}` }]
}
