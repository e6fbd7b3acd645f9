import { findPromtool, firingAlerts, heldSeries, samplesOf } from '../../support/prometheus.ts'
import { waitFor } from '../../support/wait-for.ts'
import type { WorkerProcess } from '../../support/worker-process.ts'

let found: ReturnType<typeof findPromtool> | undefined

/** It is looked for, and may be installed, when it is first needed. */
function promtool(): ReturnType<typeof findPromtool> {
  found ??= findPromtool()
  return found
}

/** The reason for which no alert can be evaluated here; undefined: promtool is there. */
export function promtoolMissing(): string | undefined {
  const tool = promtool()
  return 'missing' in tool ? tool.missing : undefined
}

/** The samples of one scrape, by the name of their series; undefined: nobody answered. */
export type Samples = ReadonlyMap<string, number> | undefined

const instances = { worker: 'w1', gateway: 'g1' } as const

/** The samples that Prometheus would read now. */
export async function scrape(from: WorkerProcess): Promise<Samples> {
  const answer = from.running ? await from.get('metrics') : undefined
  return answer && samplesOf(answer.body, `millrace-${from.command}`, instances[from.command])
}

/** The sum of a metric over all its series. */
export function sumOf(samples: Samples, metric: string): number {
  return [...(samples ?? [])]
    .filter(([name]) => name.startsWith(`${metric}{`))
    .reduce((sum, [, value]) => sum + value, 0)
}

/** Waits until a scrape says so, and returns it. */
export async function scrapeUntil(
  from: WorkerProcess,
  what: string,
  says: (samples: Samples) => boolean,
): Promise<Samples> {
  let last: Samples
  await waitFor(
    async () => {
      last = await scrape(from)
      return says(last)
    },
    { what, said: () => from.stderr },
  )
  return last
}

/** Whether a task, or the worker as a whole, waits for a server. */
export function waits(samples: Samples): boolean {
  return sumOf(samples, 'millrace_task_waiting') > 0 || sumOf(samples, 'millrace_worker_waiting') > 0
}

/** The alerts that fire when what was scraped lasts: three minutes of the time before, then eight of the trouble. */
export function alertsOf(
  before: Samples,
  trouble: Samples,
  command: WorkerProcess['command'] = 'worker',
): readonly string[] {
  const up = `up{job="millrace-${command}",instance="${instances[command]}"}`
  const series = heldSeries(
    [
      { samples: before, minutes: 3 },
      { samples: trouble, minutes: 8 },
    ],
    up,
  )
  const tool = promtool()
  if ('missing' in tool) throw new Error(tool.missing)
  return firingAlerts(tool.path, series, 10)
}

/** Waits until no alert would fire if what is scraped lasted. A rebalance, in which tasks have no owner for a moment, passes. */
export async function untilQuiet(calm: Samples, from: WorkerProcess): Promise<void> {
  let alerts: readonly string[] = []
  await waitFor(
    async () => {
      alerts = alertsOf(calm, await scrape(from), from.command)
      return alerts.length === 0
    },
    { what: 'an alert still fires', said: () => alerts.join(', ') },
  )
}
