/*
 * A worker of the word count that kills itself by SIGKILL where MILLRACE_CHAOS_KILL says. It has a name in its groups, so that its next
 * life goes on at once. Ends with 0 on SIGTERM, with 1 when it cannot go on.
 */
import { jsonLog } from '../../../../topology/app/json-log.ts'
import { run } from '../../../../topology/app/run.ts'
import { killAt } from '../kill-point.ts'
import { tally } from './tally.ts'

const [kafka = '', postgres = '', instanceId = ''] = process.argv.slice(2)
const point = process.env.MILLRACE_CHAOS_KILL
const app = await run(tally, {
  kafka,
  postgres,
  instanceId,
  log: jsonLog('warn', 'kill-worker'),
  ...(point && { onCommitPoint: killAt(point) }),
})
process.once('SIGTERM', () => void app.stop().then(() => process.exit(0)))
console.error(await app.failed)
process.exit(1)
