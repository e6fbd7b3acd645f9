/** Processor time of all threads of this process, without the kernel's, that the work takes. Units: s. */
export function userSeconds(work: () => void): number
export function userSeconds(work: () => Promise<void>): Promise<number>
export function userSeconds(work: () => void | Promise<void>): number | Promise<number> {
  const before = process.cpuUsage()
  const spent = () => process.cpuUsage(before).user / 1e6
  const pending = work()
  return pending ? pending.then(spent) : spent()
}
