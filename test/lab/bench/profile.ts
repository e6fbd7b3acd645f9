import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { FatalError } from '../../../topology/definition/errors.ts'

/** One function of a CPU profile, without what it calls. */
export interface ProfileLine {
  /** Of the time in which the thread did anything. Units: 0 to 1. */
  readonly share: number
  readonly milliseconds: number
  readonly name: string
  /** Shape: `'store/write-back-table.js:190'`; empty for V8's own. */
  readonly place: string
}

interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number }
  }[]
  readonly samples: readonly number[]
  readonly timeDeltas: readonly number[]
}

/** The functions of the folder's largest profile (that of the main thread) with the most time of their own. */
export async function hottest(folder: string, count: number): Promise<readonly ProfileLine[]> {
  const files = (await readdir(folder)).filter(name => name.endsWith('.cpuprofile'))
  const texts = await Promise.all(files.map(name => readFile(join(folder, name), 'utf8')))
  const [largest] = texts.sort((a, b) => b.length - a.length)
  if (largest === undefined) throw new FatalError('INTERNAL', `node left no CPU profile in ${folder}`)
  return selfTimes(JSON.parse(largest) as CpuProfile).slice(0, count)
}

/** Time by function, longest first; idle time is left out. */
export function selfTimes({ nodes, samples, timeDeltas }: CpuProfile): readonly ProfileLine[] {
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]))
  const times = new Map<string, { name: string; place: string; microseconds: number }>()
  let total = 0
  for (let index = 0; index < samples.length; index++) {
    const frame = frames.get(samples[index]!)
    if (frame === undefined || frame.functionName === '(idle)') continue
    const microseconds = timeDeltas[index] ?? 0
    const place = frame.url === '' ? '' : `${placeOf(frame.url)}:${frame.lineNumber + 1}`
    const name = frame.functionName === '' ? '(anonymous)' : frame.functionName
    const known = times.get(`${name} ${place}`)
    if (known) known.microseconds += microseconds
    else times.set(`${name} ${place}`, { name, place, microseconds })
    total += microseconds
  }
  return [...times.values()]
    .sort((a, b) => b.microseconds - a.microseconds)
    .map(({ name, place, microseconds }) => ({
      share: microseconds / total,
      milliseconds: Math.round(microseconds / 1_000),
      name,
      place,
    }))
}

function placeOf(url: string): string {
  return url.replace(/^file:\/\//, '').replace(/^.*?\/(?=(node_modules|topology|store|schemas|ops)\/)/, '')
}
