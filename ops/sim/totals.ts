import type { SeedsDone } from './thread.ts'

/** Adds up what the threads report. */
export class SimTotals {
  readonly #began = performance.now()
  readonly #cpu = process.cpuUsage()
  readonly #faults: Record<string, number> = {}
  #seeds = 0
  #events = 0
  #digest = 0

  add({ seeds, events, digest, faults }: SeedsDone): void {
    this.#seeds += seeds
    this.#events += events
    this.#digest = (this.#digest + digest) >>> 0
    for (const [kind, times] of Object.entries(faults)) this.#faults[kind] = (this.#faults[kind] ?? 0) + times
  }

  /** The same as data. */
  counts(): {
    readonly seeds: number
    readonly events: number
    readonly faults: Readonly<Record<string, number>>
    readonly digest: string
  } {
    return { seeds: this.#seeds, events: this.#events, faults: this.#faults, digest: this.#digestText() }
  }

  #digestText(): string {
    return this.#digest.toString(16).padStart(8, '0')
  }

  /** Shape: `3,000 seeds in 62.1 s: 173,900 seeds/h, 96,000 an hour of CPU; 2,412,000 events (804 a seed); digest 1f2e3d4c`. */
  text(): string {
    const seconds = (performance.now() - this.#began) / 1_000
    const { user, system } = process.cpuUsage(this.#cpu)
    const hourly = (each: number) => Math.round((this.#seeds * 3_600) / each).toLocaleString('en')
    const events = `${this.#events.toLocaleString('en')} events (${Math.round(this.#events / this.#seeds)} a seed)`
    const fired = Object.entries(this.#faults).sort(([a], [b]) => (a < b ? -1 : 1))
    const total = fired.reduce((sum, [, times]) => sum + times, 0)
    return [
      `${this.#seeds.toLocaleString('en')} seeds in ${seconds.toFixed(1)} s: ${hourly(seconds)} seeds/h, ${hourly((user + system) / 1e6)} an hour of CPU`,
      `${events}; digest ${this.#digestText()}`,
      `${total.toLocaleString('en')} faults: ${fired.map(([kind, times]) => `${kind} ${times}`).join(', ')}`,
    ].join('\n')
  }
}
