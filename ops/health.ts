import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import type { Clock } from '../topology/definition/clock.ts'
import type { TaskStatus } from '../topology/runtime/task.ts'
import type { RunningWorker } from './worker-run.ts'

/** A worker's own HTTP face: health for a supervisor, tasks for `millrace status`, and metrics. */
export interface HealthServer {
  readonly port: number
  close(): Promise<void>
}

/**
 * Serves `/healthz` (the process lives), `/readyz` (503 while a task is restoring or waits for a part that is away) and
 * `/status` (all tasks). Port 0 chooses a free one.
 */
export async function serveHealth(worker: RunningWorker, port: number, clock: Clock): Promise<HealthServer> {
  const app = new Hono()
  app.get('/healthz', context => context.json({ status: 'up' }))
  app.get('/readyz', async context => {
    const waiting = (await worker.status()).filter(notReady)
    const tasks = waiting.map(({ task, state, outage }) => ({ task, state, outage: outage ?? null }))
    return context.json({ status: tasks.length === 0 ? 'ready' : 'waiting', tasks }, tasks.length === 0 ? 200 : 503)
  })
  app.get('/status', async context => context.json({ now: clock.now(), tasks: await worker.status() }))
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
