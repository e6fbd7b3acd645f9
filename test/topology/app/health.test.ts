import * as assert from 'uvu/assert'
import { serveHealth } from '../../../topology/app/health.ts'
import type { RunningWorker, WorkerStatus } from '../../../topology/app/worker-run.ts'
import { TopologyError } from '../../../topology/definition/errors.ts'
import type { TaskStatus } from '../../../topology/runtime/task-status.ts'
import { suite } from '../../support/suite.ts'

const running: TaskStatus = {
  task: 'counter_0',
  state: 'running',
  lag: 0,
  processed: 7,
  commits: 2,
  lastCommitAt: 900,
  unapplied: 0,
  deadLetters: 0,
  restoring: undefined,
  outage: undefined,
}

/** The server's answer to a path while the worker has this status. */
async function ask(path: string, status: WorkerStatus): Promise<{ status: number; type: string | null; body: string }> {
  const worker: RunningWorker = {
    failed: new Promise(() => {}),
    status: async () => status,
    metrics: async () => [],
    stop: async () => {},
  }
  const server = await serveHealth(() => worker, 0, { now: () => 1_000 })
  try {
    const response = await fetch(`http://127.0.0.1:${server.port}/${path}`)
    return { status: response.status, type: response.headers.get('content-type'), body: await response.text() }
  } finally {
    await server.close()
  }
}

suite('health of a worker', test => {
  test('ready: every task runs, or is suspended by a rebalance', async () => {
    const suspended = { ...running, task: 'counter_1', state: 'suspended' } as const
    const { status, body } = await ask('readyz', { tasks: [running, suspended], waiting: [], expected: [] })
    assert.is(status, 200)
    assert.equal(JSON.parse(body), { status: 'ready', reasons: [] })
  })

  test('not ready: a task waits, a task restores, the worker waits; the answer says for what', async () => {
    const outage = { ...running, outage: 'Postgres gave no answer' }
    const waits = await ask('readyz', { tasks: [running, outage], waiting: [], expected: [] })
    assert.is(waits.status, 503)
    assert.equal(JSON.parse(waits.body).reasons, [
      { code: 'WAITING', task: 'counter_0', reason: 'Postgres gave no answer' },
    ])
    const restoring = { store: 'totals', restored: 1, bytes: 10, remaining: 7, elapsedMs: 1 }
    const restores = await ask('readyz', {
      tasks: [{ ...running, state: 'restoring', restoring }],
      waiting: [],
      expected: [],
    })
    assert.is(restores.status, 503)
    assert.equal(JSON.parse(restores.body).reasons, [
      { code: 'RESTORING', task: 'counter_0', reason: "its tables are restored, 7 records of 'totals' are left" },
    ])
    const stuck = await ask('readyz', {
      tasks: [{ ...running, stuck: 'it does not come on' }],
      waiting: [],
      expected: [],
    })
    assert.is(stuck.status, 503)
    assert.equal(JSON.parse(stuck.body).reasons, [
      { code: 'TASK_STUCK', task: 'counter_0', reason: 'it does not come on' },
    ])
    const alone = await ask('readyz', {
      tasks: [],
      waiting: ['counter: it has not joined its group yet'],
      expected: [],
    })
    assert.is(alone.status, 503)
    assert.equal(JSON.parse(alone.body).reasons, [
      { code: 'WAITING', task: null, reason: 'counter: it has not joined its group yet' },
    ])
  })

  test('while the worker starts it is alive, and neither started nor ready', async () => {
    const server = await serveHealth(() => undefined, 0, { now: () => 1_000 })
    try {
      const get = async (path: string) => fetch(`http://127.0.0.1:${server.port}/${path}`)
      assert.is((await get('healthz')).status, 200)
      assert.is((await get('startupz')).status, 503)
      assert.is((await get('metrics')).status, 200)
      const ready = await get('readyz')
      assert.is(ready.status, 503)
      const reasons = [{ code: 'WAITING', task: null, reason: 'the worker is starting' }]
      assert.equal(await ready.json(), { status: 'waiting', reasons })
    } finally {
      await server.close()
    }
  })

  test('a port that is in use is named, with what to do', async () => {
    const first = await serveHealth(() => undefined, 0, { now: () => 1_000 })
    try {
      await serveHealth(() => undefined, first.port, { now: () => 1_000 })
      assert.unreachable()
    } catch (error) {
      assert.instance(error, TopologyError)
      assert.match((error as Error).message, `port ${first.port} is in use, on 127.0.0.1: choose another with --port`)
    } finally {
      await first.close()
    }
  })

  test('alive, status and metrics', async () => {
    const down = { tasks: [], waiting: ['counter: it lost its tasks'], expected: [] }
    assert.equal(JSON.parse((await ask('healthz', down)).body), { status: 'up' })
    const status = JSON.parse((await ask('status', { tasks: [running], waiting: [], expected: [] })).body)
    assert.equal([status.now, status.tasks[0].task, status.tasks[0].lastCommitAt], [1_000, 'counter_0', 900])
    const metrics = await ask('metrics', { tasks: [running], waiting: [], expected: [] })
    // Source: Prometheus, "Exposition formats".
    assert.match(String(metrics.type), /^text\/plain; version=0\.0\.4/)
    assert.match(metrics.body, /^process_cpu_seconds_total \d/m)
    assert.match(metrics.body, /^nodejs_eventloop_lag_seconds \d/m)
    assert.match(metrics.body, /^millrace_task_lag_records\{task="counter_0"\} 0$/m)
  })
})
