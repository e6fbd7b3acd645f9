/** Counts things that clients have open, each client up to a cap. */
export class ClientCount {
  readonly #cap: number
  readonly #open = new Map<string, number>()

  constructor(cap: number) {
    this.#cap = cap
  }

  /** Counts one more of a client; the function that is returned counts it as closed, once. Undefined: the client has its fill. */
  enter(client: string): (() => void) | undefined {
    const open = this.#open.get(client) ?? 0
    if (open >= this.#cap) return undefined
    this.#open.set(client, open + 1)
    let left = false
    return () => {
      if (left) return
      left = true
      const now = this.#open.get(client)! - 1
      if (now === 0) this.#open.delete(client)
      else this.#open.set(client, now)
    }
  }
}
