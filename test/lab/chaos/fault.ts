import type { CommitPoint } from '../../../topology/runtime/commit.ts'
import { type BrokerFault, brokerFaults } from '../cluster/broker-faults.ts'
import { commitPoints } from './kill-point.ts'

/** A kill at a named point of the commit. Shape: `'kill-end-sent'`. */
export type KillPointFault = `kill-${CommitPoint}`

const killPoints = commitPoints.map(point => `kill-${point}` as const)

/** Faults after which a process or a server must come back: one at a time. */
export const heavyFaults = [
  'kill',
  ...killPoints,
  'zombie',
  'broker-kill',
  'broker-restart',
  'postgres-restart',
  'postgres-wipe',
  'black-hole-kafka',
  'black-hole-postgres',
  'storm',
] as const satisfies readonly string[]

/** Faults of a moment, which go on beside the heavy ones. */
export const lightFaults = [
  'backend-kill',
  'reset-kafka',
  'reset-postgres',
  'delay',
  'lose-EndTxn',
  'lose-TxnOffsetCommit',
  'lose-Produce',
  'lose-apply',
  'poison',
] as const

/** The kinds of faults of a chaos run. */
export type FaultKind = (typeof heavyFaults)[number] | (typeof lightFaults)[number] | BrokerFault

/** All of them on one broker. */
export const faultKinds: readonly FaultKind[] = [...heavyFaults, ...lightFaults]

/** All of them on a cluster, where the only broker cannot be broken. */
export const clusterFaultKinds: readonly FaultKind[] = [
  ...brokerFaults,
  ...faultKinds.filter(kind => kind !== 'broker-kill' && kind !== 'broker-restart'),
]

/** Of these one at a time is injected. */
export const oneAtATime: readonly FaultKind[] = [...brokerFaults, ...heavyFaults]

/** A fault of a plan. Units: ms since the run began. */
export interface PlannedFault {
  readonly at: number
  readonly kind: FaultKind
}

/** Two tracks that go side by side, each in order. */
export interface FaultPlan {
  readonly heavy: readonly PlannedFault[]
  readonly light: readonly PlannedFault[]
}

/** The time between the beginnings of a track's faults. Units: ms. */
export interface Spacing {
  readonly heavyMs: number
  readonly lightMs: number
}

/** All requested kinds in turn, each round shuffled, for as long as the run lasts. The same seed gives the same plan. */
export function planFor(
  lastingMs: number,
  kinds: readonly FaultKind[],
  { heavyMs, lightMs }: Spacing,
  random: () => number,
): FaultPlan {
  const track = (all: readonly FaultKind[], everyMs: number) =>
    spread(
      rounds(
        all.filter(kind => kinds.includes(kind)),
        Math.floor(lastingMs / everyMs),
        random,
      ),
      everyMs,
      random,
    )
  return { heavy: track(oneAtATime, heavyMs), light: track(lightFaults, lightMs) }
}

/** A given number of each kind, shuffled. */
export function planOf(
  counts: Readonly<Partial<Record<FaultKind, number>>>,
  { heavyMs, lightMs }: Spacing,
  random: () => number,
): FaultPlan {
  const all = (kinds: readonly FaultKind[]) =>
    shuffled(
      kinds.flatMap(kind => new Array<FaultKind>(counts[kind] ?? 0).fill(kind)),
      random,
    )
  return { heavy: spread(all(oneAtATime), heavyMs, random), light: spread(all(lightFaults), lightMs, random) }
}

function rounds(kinds: readonly FaultKind[], count: number, random: () => number): readonly FaultKind[] {
  const chosen: FaultKind[] = []
  while (kinds.length > 0 && chosen.length < count) chosen.push(...shuffled(kinds, random))
  return chosen.slice(0, count)
}

function spread(kinds: readonly FaultKind[], everyMs: number, random: () => number): readonly PlannedFault[] {
  return kinds.map((kind, index) => ({ kind, at: Math.round((index + random()) * everyMs) }))
}

function shuffled<T>(items: readonly T[], random: () => number): T[] {
  const left = [...items]
  return items.map(() => left.splice(Math.floor(random() * left.length), 1)[0] as T)
}
