/*
 * `millrace worker` with one addition: where MILLRACE_CHAOS_KILL names a point of a commit, the process kills itself there.
 * Shape: `MILLRACE_CHAOS_KILL=end-sent:3`.
 */
import { runCommandLine } from '../../../ops/command-line/command-line.ts'
import { workerCommand } from '../../../ops/worker.ts'
import { killAt } from './kill-point.ts'

const point = process.env.MILLRACE_CHAOS_KILL
const hooks = point ? { onCommitPoint: killAt(point) } : {}

await runCommandLine({
  name: 'chaos-worker',
  description: 'A worker that can be told where to die',
  commands: { worker: { summary: 'run processors of a topology', load: async () => workerCommand(hooks) } },
  args: ['worker', ...process.argv.slice(2)],
})
