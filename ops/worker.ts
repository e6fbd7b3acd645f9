import closeWithGrace from 'close-with-grace'
import { Command, InvalidArgumentError } from 'commander'
import { engineSettings, readEnvironment } from '../topology/app/environment.ts'
import { jsonLog, logEnd } from '../topology/app/json-log.ts'
import { loadTopology } from '../topology/app/topology-file.ts'
import { type RunningWorker, startWorker, type WorkerHooks, type WorkerSettings } from '../topology/app/worker-run.ts'
import { startThreads } from '../topology/app/worker-threads.ts'
import { buildGraph } from '../topology/definition/graph.ts'
import { chooseProcessors } from '../topology/definition/processor-choice.ts'
import type { Log } from '../topology/runtime/log.ts'
import { schemasOf } from '../topology/runtime/register-schemas.ts'
import { systemClock } from '../topology/runtime/system-clock.ts'
import { accessInUse, hostOption } from './command-line/access.ts'
import { exitCodeOf } from './command-line/exit-codes.ts'
import { type JsonFlag, jsonOption, printJson } from './command-line/json-output.ts'
import { topologyHelp } from './command-line/options.ts'
import { runningOn } from './command-line/running-on.ts'
import { serversInUse } from './command-line/servers.ts'

interface WorkerFlags extends JsonFlag {
  readonly processor?: readonly string[]
  readonly topology?: string
  readonly threads: number
  readonly port?: number
  readonly host?: string
}

/**
 * `worker`: runs processors of a topology until SIGTERM or Ctrl-C, then commits, leaves its groups and ends with 0.
 * Several `--processor` flags run several in one process; none runs them all. `hooks` are told about the worker's commits when it
 * runs in this thread.
 */
export function workerCommand(hooks: WorkerHooks = {}): Command {
  return new Command('worker')
    .option('--processor <name>', 'a processor to run; repeat for several (default: all)', collect)
    .option('--topology <file>', topologyHelp)
    .option('--threads <n>', 'worker threads, each a group member of its own', wholeNumber, 1)
    .option(
      '--port <n>',
      'serve /healthz, /startupz, /readyz, /status, /metrics and /console on this port',
      wholeNumber,
    )
    .addOption(hostOption())
    .addOption(jsonOption())
    .action(runningOn('worker', (flags: WorkerFlags) => runUntilStopped(flags, hooks)))
}

async function runUntilStopped(flags: WorkerFlags, hooks: WorkerHooks): Promise<void> {
  const environment = readEnvironment()
  const access = await accessInUse(flags.host)
  const graph = buildGraph(await loadTopology(flags.topology))
  const needsRegistry = (await schemasOf(graph)).length > 0
  const settings: WorkerSettings = {
    ...(flags.topology && { topology: flags.topology }),
    processors: flags.processor ?? [],
    ...(await serversInUse('worker', needsRegistry ? ['kafka', 'registry', 'postgres'] : ['kafka', 'postgres'])),
    logLevel: environment.LOG_LEVEL,
    engine: engineSettings(environment),
    instanceId: environment.MILLRACE_INSTANCE_ID,
    metrics: flags.port !== undefined,
  }
  let worker: RunningWorker | undefined
  const portOf = async (port: number) => {
    const { servePort } = await import('./console/worker-port.ts')
    return servePort(() => worker, { graph, servers: settings, port, access, logLevel: settings.logLevel })
  }
  // First of all, so that a supervisor can ask from the first moment, and a port in use ends it before it joins a group.
  const health = flags.port === undefined ? undefined : await portOf(flags.port)
  try {
    worker = flags.threads > 1 ? await startThreads(settings, flags.threads) : await startWorker(settings, hooks)
  } catch (error) {
    await health?.close()
    throw error
  }
  const running = worker
  if (flags.json)
    printJson({
      up: 'worker',
      processors: chooseProcessors(graph, settings.processors).map(({ name }) => name),
      url: health?.url ?? null,
    })
  await untilStopped(running, jsonLog(settings.logLevel, 'worker'), async () => {
    await health?.close()
    await running.stop()
  })
}

/** Waits for a signal or for the worker's own end, which an error that nobody caught is too. */
async function untilStopped(worker: RunningWorker, log: Log, stop: () => Promise<void>): Promise<void> {
  const end = async (error: unknown) => {
    const exitCode = exitCodeOf(error)
    await Promise.race([stop(), systemClock.sleep(10_000)])
    logEnd(log, error, exitCode)
    process.exit(exitCode)
  }
  const grace = closeWithGrace({ delay: 30_000, logger: false }, ({ err }) => (err ? end(err) : stop()))
  const error = await worker.failed
  grace.uninstall()
  await end(error)
}

function collect(name: string, names: readonly string[] = []): readonly string[] {
  return [...names, ...name.split(',').filter(part => part !== '')]
}

function wholeNumber(text: string): number {
  const number = Number(text)
  if (!Number.isInteger(number) || number < 1) throw new InvalidArgumentError('give a whole number from 1')
  return number
}
