/**
 * A flag that one loop waits for and any code may raise. Raised while nobody waits, it is remembered: the next wait returns at
 * once, so that no wake-up is lost between a check and a wait.
 */
export class Signal {
  #raised = false
  #wake: (() => void) | undefined

  raise(): void {
    this.#raised = true
    this.#wake?.()
  }

  /** Resolves when raised (again). One waiter. */
  async wait(): Promise<void> {
    if (!this.#raised)
      await new Promise<void>(resolve => {
        this.#wake = resolve
      })
    this.#raised = false
    this.#wake = undefined
  }
}
