import Table from 'cli-table3'
import { startServers } from '../../../ops/cluster/choose.ts'
import type { ClusterServer, ServerName } from '../../../ops/cluster/cluster-server.ts'
import { readEnvironment } from '../../../topology/app/environment.ts'
import { FatalError, messageOf } from '../../../topology/definition/errors.ts'
import type { Runbook } from '../../support/runbook.ts'
import { apartDrills, longDrills, shortDrills } from './drills.ts'
import { type GroundServers, type TradingGround, tradingGround } from './trading-ground.ts'

/** The result of a drill. `steps` is the number of commands of the runbook that were followed. */
export interface HeldDrill {
  readonly runbook: string
  readonly steps: number
  readonly seconds: number
  /** The reason in words; undefined: the drill went as the runbook says. */
  readonly failure?: string
}

const drills = { ...shortDrills, ...longDrills }

/** The runbooks that have a drill, in the order in which the drills are held. */
export const drilledRunbooks: readonly string[] = [...Object.keys(drills), ...Object.keys(apartDrills)]

/** Holds the drills of these runbooks, one after another, on real servers of their own. `say` is called with a line for each. */
export async function holdDrills(
  runbooks: readonly string[],
  say: (line: string) => void,
): Promise<readonly HeldDrill[]> {
  const held: HeldDrill[] = []
  const timed = async (runbook: string, drill: () => Promise<Runbook>) => {
    say(`${runbook} ...`)
    const began = performance.now()
    const { steps, failure } = await drill().then(
      ({ followed, left }) => ({
        steps: followed,
        failure: left.length > 0 ? `not followed: ${left.join('; ')}` : undefined,
      }),
      error => ({ steps: 0, failure: `${messageOf(error)} ${error?.details ?? ''}`.trim() }),
    )
    const seconds = (performance.now() - began) / 1_000
    held.push({ runbook, steps, seconds, ...(failure !== undefined && { failure }) })
    say(`${runbook}: ${failure ?? 'as it says'}`)
  }
  await withGround(
    Object.keys(drills).filter(each => runbooks.includes(each)),
    async (ground, runbook) => timed(runbook, () => ground.hold(runbook, drills[runbook]!)),
  )
  for (const [runbook, drill] of Object.entries(apartDrills))
    if (runbooks.includes(runbook)) await timed(runbook, () => drill(runbook))
  return held
}

/** Calls `hold` for each runbook with one pipeline at work. */
async function withGround(
  runbooks: readonly string[],
  hold: (ground: TradingGround, runbook: string) => Promise<void>,
): Promise<void> {
  if (runbooks.length === 0) return
  const none = { KAFKA_BROKERS: undefined, SCHEMA_REGISTRY_URL: undefined, DATABASE_URL: undefined }
  const config = { ...readEnvironment(), ...none }
  const { parts, missing, stop } = await startServers(['kafka', 'registry', 'postgres'], { config })
  try {
    if (missing.length > 0)
      throw new FatalError('UNSUPPORTED', missing.map(({ name, reason }) => `no ${name}: ${reason}`).join('; '))
    const ground = await tradingGround(groundServers(parts))
    try {
      for (const runbook of runbooks) await hold(ground, runbook)
    } finally {
      await ground.close()
    }
  } finally {
    await stop()
  }
}

function groundServers(all: readonly ClusterServer[]): GroundServers {
  const parts = Object.fromEntries(all.map(part => [part.name, part])) as Record<ServerName, ClusterServer>
  return { kafka: parts.kafka.url, registry: parts.registry.url, postgres: parts.postgres.url, parts }
}

/** The table of a run, for a terminal. */
export function drillTable(held: readonly HeldDrill[]): string {
  const table = new Table({
    head: ['runbook', 'steps', 'seconds', 'result'],
    style: { head: [], border: [] },
    colWidths: [20, 7, 9, 100],
    wordWrap: true,
  })
  for (const { runbook, steps, seconds, failure } of held)
    table.push([runbook, steps, seconds.toFixed(1), failure === undefined ? 'as it says' : failure.slice(0, 300)])
  return table.toString()
}
