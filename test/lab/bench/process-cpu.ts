import { readdir, readFile } from 'node:fs/promises'

/** The kernel counts time in these. Units: ticks a second. */
const ticks = 100

interface Usage {
  readonly parent: number
  /** Its own, and that of its children that have ended. Units: s. */
  readonly seconds: number
}

/** User and system time of a process and all below it; undefined where the system has no `/proc`. Units: s. */
export async function cpuOfTree(pid: number | undefined): Promise<number | undefined> {
  if (pid === undefined) return undefined
  const entries = await readdir('/proc').catch(() => [])
  const usages = new Map<number, Usage>()
  for (const entry of entries.filter(name => /^\d+$/.test(name))) {
    const usage = await usageOf(entry)
    if (usage) usages.set(Number(entry), usage)
  }
  if (!usages.has(pid)) return undefined
  let sum = 0
  for (const [one, { seconds }] of usages) if (isBelow(usages, one, pid)) sum += seconds
  return sum
}

function isBelow(usages: ReadonlyMap<number, Usage>, pid: number, root: number): boolean {
  for (let at: number | undefined = pid; at !== undefined; at = usages.get(at)?.parent) if (at === root) return true
  return false
}

/** Undefined: it has ended. Format: proc(5), `/proc/pid/stat`; the command in brackets may hold blanks. */
async function usageOf(pid: string): Promise<Usage | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined)
  if (text === undefined) return undefined
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  const [user, system, childUser, childSystem] = fields.slice(11, 15).map(Number)
  return { parent: Number(fields[1]), seconds: (user! + system! + childUser! + childSystem!) / ticks }
}
