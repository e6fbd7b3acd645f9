import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { Registry } from 'prom-client'
import type { Clock } from '../definition/clock.ts'
import type { TaskStatus } from '../runtime/task-status.ts'
import { metricsText } from './metrics.ts'
import type { RunningWorker } from './worker-run.ts'

/** A worker's own HTTP face: health for a supervisor, tasks for `millrace status`, and metrics. */
export interface HealthServer {
  readonly port: number
  close(): Promise<void>
}

/**
 * Serves `/healthz` (the process is alive), `/readyz` (503 while a task is restoring, or a task or the whole worker waits for
 * something: the answer says for what), `/status` (all tasks) and `/metrics` (Prometheus). Port 0 chooses a free one.
 */
export async function serveHealth(
  worker: RunningWorker,
  port: number,
  clock: Pick<Clock, 'now'>,
): Promise<HealthServer> {
  const app = new Hono()
  app.get('/healthz', context => context.json({ status: 'up' }))
  app.get('/readyz', async context => {
    const { tasks: all, waiting } = await worker.status()
    const tasks = all.filter(notReady).map(({ task, state, outage }) => ({ task, state, outage: outage ?? null }))
    const ready = tasks.length === 0 && waiting.length === 0
    return context.json({ status: ready ? 'ready' : 'waiting', waiting, tasks }, ready ? 200 : 503)
  })
  app.get('/status', async context => context.json({ now: clock.now(), ...(await worker.status()) }))
  app.get('/metrics', async context => {
    const text = await metricsText(await worker.metrics(), await worker.status())
    return context.text(text, 200, { 'Content-Type': Registry.PROMETHEUS_CONTENT_TYPE })
  })
  return new Promise(resolve => {
    const server = serve({ fetch: app.fetch, port, hostname: '127.0.0.1' }, info => {
      resolve({
        port: info.port,
        close: () =>
          new Promise(done => {
            server.close(() => done())
          }),
      })
    })
  })
}

function notReady(task: TaskStatus): boolean {
  return task.outage !== undefined || (task.state !== 'running' && task.state !== 'suspended')
}
