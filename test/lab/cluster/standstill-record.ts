/** The state of a partition's brokers while it stood still, from good to bad. */
export const standstillKinds = ['leader lives', 'leader broken', 'too few brokers'] as const

/** One of the states. */
export type StandstillKind = (typeof standstillKinds)[number]

/**
 * The time that a partition may stand still; undefined: until enough brokers are back. A broker that falls silent is given up by the
 * others after 9 s, and the clients of its partitions, groups and transactions find the new ones. Units: ms.
 */
export const standstillLimitMs: Readonly<Record<StandstillKind, number | undefined>> = {
  'leader lives': 15_000,
  'leader broken': 35_000,
  'too few brokers': undefined,
}

/** The longest time that a group had records of a partition before it and committed none of them. Units: ms. */
export interface Standstill {
  readonly kind: StandstillKind
  /** The fault in which it began; empty: before the first. */
  readonly fault: string
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

/** A partition that moved on just before a fault began may be seen so much later. Units: ms. */
const seenLateMs = 2_000

/** Keeps the longest standstill of each kind, for each fault. */
export class StandstillRecord {
  readonly #progress = new Map<string, Progress>()
  readonly #longest = new Map<string, Standstill>()
  readonly #faults: { readonly fault: string; readonly at: number }[] = []

  /** A fault begins. Units: ms since the epoch. */
  begins(fault: string, at: number): void {
    this.#faults.push({ fault, at })
  }

  /** All partitions are in this state, whether they can be looked at or not. */
  strikeAll(kind: StandstillKind): void {
    for (const known of this.#progress.values()) known.kind = worse(known.kind, kind)
  }

  /** True when the group has moved on, or has nothing to read. */
  note({ where, kind, committed, end, at }: Observation): boolean {
    const known = this.#progress.get(where)
    if (known === undefined) {
      this.#progress.set(where, { committed, since: at, kind })
      return true
    }
    known.kind = worse(known.kind, kind)
    const ms = at - known.since
    const fault = this.#faults.findLast(({ at }) => at <= known.since + seenLateMs)?.fault ?? ''
    const key = `${fault} ${known.kind}`
    if (ms > (this.#longest.get(key)?.ms ?? -1))
      this.#longest.set(key, { kind: known.kind, fault, ms, where, from: known.since })
    if (committed === known.committed && committed < end) return false
    this.#progress.set(where, { committed, since: at, kind })
    return true
  }

  /** By fault, in the order of the kinds. */
  longest(): readonly Standstill[] {
    const order = ({ kind }: Standstill) => standstillKinds.indexOf(kind)
    return [...this.#longest.values()].sort((a, b) => a.fault.localeCompare(b.fault) || order(a) - order(b))
  }
}

function worse(left: StandstillKind, right: StandstillKind): StandstillKind {
  return standstillKinds[Math.max(standstillKinds.indexOf(left), standstillKinds.indexOf(right))]!
}
