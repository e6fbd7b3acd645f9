/** The state of a partition's brokers while it stood still, from good to bad. */
export const standstillKinds = ['leader lives', 'leader broken', 'too few brokers'] as const

/** One of the states. */
export type StandstillKind = (typeof standstillKinds)[number]

/** The longest time that a group had records of a partition before it and committed none of them. Units: ms. */
export interface Standstill {
  readonly kind: StandstillKind
  readonly ms: number
  /** Shape: `'trading-portfolio-risk trades-approved/3'`. */
  readonly where: string
  /** When it began. Units: ms since the epoch. */
  readonly from: number
}

/** The offset that a group has committed for a partition, and the partition's end, at a time. */
export interface Observation {
  readonly where: string
  readonly kind: StandstillKind
  readonly committed: number
  readonly end: number
  /** Units: ms. */
  readonly at: number
}

interface Progress {
  committed: number
  /** The time of the last commit seen, or of the last time when there was nothing to read. */
  since: number
  /** The worst state since then. */
  kind: StandstillKind
}

/** Keeps the longest standstill of each kind. */
export class StandstillRecord {
  readonly #progress = new Map<string, Progress>()
  readonly #longest = new Map<StandstillKind, Standstill>()

  /** True when the group has moved on, or has nothing to read. */
  note({ where, kind, committed, end, at }: Observation): boolean {
    const known = this.#progress.get(where)
    if (known === undefined) {
      this.#progress.set(where, { committed, since: at, kind })
      return true
    }
    known.kind = worse(known.kind, kind)
    const ms = at - known.since
    if (ms > (this.#longest.get(known.kind)?.ms ?? -1))
      this.#longest.set(known.kind, { kind: known.kind, ms, where, from: known.since })
    if (committed === known.committed && committed < end) return false
    this.#progress.set(where, { committed, since: at, kind })
    return true
  }

  /** In the order of the kinds. */
  longest(): readonly Standstill[] {
    return standstillKinds.flatMap(kind => this.#longest.get(kind) ?? [])
  }
}

function worse(left: StandstillKind, right: StandstillKind): StandstillKind {
  return standstillKinds[Math.max(standstillKinds.indexOf(left), standstillKinds.indexOf(right))]!
}
