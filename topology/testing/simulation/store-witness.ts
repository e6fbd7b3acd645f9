import type { TaskStorage } from '../../../store/contract.ts'

/** Sees every claim and write of the store, from outside the engine, and finds writes that a newer claim should have ended. */
export class StoreWitness {
  /** The problems, in words. */
  readonly problems: string[] = []
  readonly #newest = new Map<string, number>()

  /** A store that was lost or restored has older epochs again. */
  forget(): void {
    this.#newest.clear()
  }

  async claim(task: string, claim: Promise<TaskStorage>): Promise<TaskStorage> {
    const claimed = await claim
    const known = this.#newest.get(task) ?? 0
    if (claimed.epoch <= known)
      this.problems.push(`task ${task} was claimed with epoch ${claimed.epoch} after ${known}`)
    this.#newest.set(task, Math.max(known, claimed.epoch))
    return claimed
  }

  /** The memory storage does its work at once: it had to respect the epoch that was newest before. */
  async write(task: string, epoch: number, work: () => Promise<void>): Promise<void> {
    const newest = this.#newest.get(task) ?? 0
    await work()
    if (epoch < newest)
      this.problems.push(`task ${task} wrote its store with epoch ${epoch} after it was fenced by ${newest}`)
  }
}
