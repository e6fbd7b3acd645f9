import { Command, InvalidArgumentError } from 'commander'
import { seededRandom } from '../../topology/testing/random.ts'
import { runChaos } from './chaos/chaos-run.ts'
import { clusterFaultKinds, type FaultKind, faultKinds, planFor } from './chaos/fault.ts'
import { printKills } from './chaos/kills/kill-report.ts'
import { type KillOptions, runKills } from './chaos/kills/kill-run.ts'
import { printReport } from './chaos/report.ts'
import { overLimit, printRestarts } from './chaos/restarts/restart-report.ts'
import { type RestartOptions, runRestarts } from './chaos/restarts/restart-run.ts'
import { startClusterServers, startServers } from './chaos/servers.ts'
import { brokerFaults } from './cluster/broker-faults.ts'

interface ChaosFlags {
  readonly minutes: number
  readonly fault?: readonly FaultKind[]
  readonly seed: number
  readonly rate: number
  readonly workers: number
  readonly brokers: number
  readonly faults?: readonly FaultKind[]
}

/** The time for which a worker may be silent in a chaos run. Units: ms. */
const sessionTimeoutMs = 6_000

/**
 * `chaos`: the trading pipeline on a Kafka, a registry and a Postgres of its own, several worker processes, faults of all
 * kinds, and at the end every checker. Exit code 1: a promise was broken, or too few faults happened.
 */
export function chaosCommand(): Command {
  return new Command('chaos')
    .option('--minutes <m>', 'how long', positive, 5)
    .option('--fault <kind>', `only this kind; repeat for several: ${faultKinds.join(', ')}`, collect)
    .option('--brokers <n>', 'brokers, and a controller beside them when there are several', positive, 1)
    .option(
      '--faults <kinds>',
      `only these, with commas between; with several brokers also: ${brokerFaults.join(', ')}`,
      list,
    )
    .option('--seed <s>', 'the same seed plans the same faults', positive, 1)
    .option('--rate <n>', 'signals a second', positive, 30)
    .option('--workers <n>', 'worker processes', positive, 2)
    .action(chaos)
    .addCommand(restartsCommand())
    .addCommand(killsCommand())
    .addCommand(drillsCommand())
}

/**
 * `chaos kills`: a word count whose workers kill themselves at the points of a commit, one after another. Several runs add up in a file.
 * Exit code 1: a promise was broken.
 */
function killsCommand(): Command {
  return new Command('kills')
    .description('SIGKILLs at named points of the commit in quick succession, over many inputs')
    .option('--seed <s>', 'the same seed sends the same lines', positive, 1)
    .option('--kills <n>', 'SIGKILLs', positive, 100)
    .option('--inputs <n>', 'lines to count', positive, 100_000)
    .option('--workers <n>', 'worker processes', positive, 2)
    .option('--ledger <file>', 'add the result to this file, and print the sum of its runs')
    .action(async (flags: Omit<KillOptions, 'say'> & { readonly ledger?: string }) => {
      const report = await runKills({ ...flags, say: line => console.error(line) })
      console.log(await printKills(report, flags.ledger))
      if (report.problems.length > 0) process.exitCode = 1
    })
}

/** `chaos drills`: follows runbooks by their own commands. Exit code 1: a drill did not go as its runbook says. */
function drillsCommand(): Command {
  return new Command('drills')
    .description('hold the drills of the runbooks, or of some, on real servers of its own')
    .argument('[runbooks...]', 'such as replay.md')
    .action(async (runbooks: readonly string[]) => {
      const { drilledRunbooks, drillTable, holdDrills } = await import('./drills/hold-drills.ts')
      const unknown = runbooks.filter(each => !drilledRunbooks.includes(each))
      if (unknown.length > 0)
        throw new InvalidArgumentError(`no drill for ${unknown.join(', ')}: choose among ${drilledRunbooks.join(', ')}`)
      const held = await holdDrills(runbooks.length > 0 ? runbooks : drilledRunbooks, line => console.error(line))
      console.log(drillTable(held))
      if (held.some(({ failure }) => failure !== undefined)) process.exitCode = 1
    })
}

/** `chaos restarts`: kill -9 with an instant restart, then a rolling restart, under load. Exit code 1: a promise or a limit was broken. */
function restartsCommand(): Command {
  return new Command('restarts')
    .description('kill and restart each worker under load, then roll over all of them; a gateway is read meanwhile')
    .option('--seed <s>', 'the same seed feeds the same signals', positive, 1)
    .option('--rate <n>', 'signals a second', positive, 30)
    .option('--workers <n>', 'worker processes', positive, 2)
    .option('--kills <n>', 'kills of each worker', positive, 3)
    .option('--rolls <n>', 'graceful restarts of each worker', positive, 2)
    .action(async (flags: Pick<RestartOptions, 'seed' | 'rate' | 'workers' | 'kills' | 'rolls'>) => {
      const report = await runRestarts(await startServers(), { ...flags, say: line => console.error(line) })
      const over = overLimit(report)
      console.log([printRestarts(report), ...over].join('\n'))
      if (report.problems.length > 0 || over.length > 0) process.exitCode = 1
    })
}

async function chaos({ minutes, fault = [], faults = fault, seed, rate, workers, brokers }: ChaosFlags): Promise<void> {
  const lastingMs = minutes * 60_000
  const several = brokers > 1
  const wrong = faults.filter(kind => !(several ? clusterFaultKinds : faultKinds).includes(kind))
  if (wrong.length > 0)
    throw new InvalidArgumentError(
      `${wrong.join(', ')} cannot happen to ${several ? 'several brokers' : 'one broker; give --brokers=3'}`,
    )
  const spacing = { heavyMs: several ? 60_000 : 26_000, lightMs: 4_000 }
  const kinds = faults.length > 0 ? faults : several ? clusterFaultKinds : faultKinds
  const plan = planFor(lastingMs, kinds, spacing, seededRandom(seed))
  const report = await runChaos(await (several ? startClusterServers(brokers) : startServers()), {
    seed,
    plan,
    lastingMs,
    rate,
    workers,
    sessionTimeoutMs,
    stormMs: 20_000,
    say: line => console.error(line),
  })
  console.log(printReport(report))
  if (report.problems.length > 0) process.exitCode = 1
}

function collect(kind: string, kinds: readonly string[] = []): readonly string[] {
  const all = [...new Set([...faultKinds, ...clusterFaultKinds])]
  if (!all.includes(kind as FaultKind)) throw new InvalidArgumentError(`choose among ${all.join(', ')}`)
  return [...kinds, kind]
}

function list(kinds: string): readonly string[] {
  return kinds.split(',').reduce<readonly string[]>((all, kind) => collect(kind.trim(), all), [])
}

function positive(text: string): number {
  const number = Number(text)
  if (!(number > 0)) throw new InvalidArgumentError('give a number above 0')
  return number
}
