import { execFile } from 'node:child_process'
import { copyFile, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { packageRoot } from '../../../ops/command-line/package-root.ts'
import { buildGraph } from '../../../topology/index.ts'
import type { Contender } from './contender.ts'
import { countTopology } from './count-topology.ts'

const run = promisify(execFile)

/** As `npm run worker` has it: the default of 16 MiB is small for a stream of records. */
export const youngGeneration = '--max-semi-space-size=64'

/** millrace as a contender: a worker process that runs the library as it is published, as JavaScript. */
export async function millrace(): Promise<Contender> {
  const { folder, close } = await published()
  return {
    name: 'millrace',
    command: (settings, profileFolder) => ({
      name: 'millrace',
      command: process.execPath,
      args: [
        youngGeneration,
        ...(profileFolder === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profileFolder}`]),
        join(folder, 'test', 'lab', 'bench', 'worker.js'),
        JSON.stringify(settings),
      ],
    }),
    groupOf: settings => buildGraph(countTopology(settings)).subtopologies[0]!.group,
    close,
  }
}

/** The workers and the library compiled, as they are published: TypeScript run through a loader is slower. */
export async function published(): Promise<{ readonly folder: string; close(): Promise<void> }> {
  const root = packageRoot()
  await mkdir(join(root, '.millrace'), { recursive: true })
  const folder = await mkdtemp(join(root, '.millrace', 'bench-'))
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc')
  await run(process.execPath, [tsc, '-p', 'test/lab/bench/tsconfig.json', '--noCheck', '--outDir', folder], {
    cwd: root,
  })
  for (const file of await readdir(join(root, 'processors')))
    if (file.endsWith('.yaml')) await copyFile(join(root, 'processors', file), join(folder, 'processors', file))
  return { folder, close: () => rm(folder, { recursive: true, force: true }) }
}
