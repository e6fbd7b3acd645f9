import * as assert from 'uvu/assert'
import { suite } from '../../support/suite.ts'
import { cluster } from './cluster.ts'
import { parkedIn } from './parked.ts'

const changelog = 'app-totals-changelog'

/** A worker that has counted a few words, and whose changelog is then deleted. */
async function deleted() {
  const parts = cluster()
  const { clock, broker, start, send } = parts
  const worker = await start()
  for (let commits = 0; commits < 3; commits++) {
    await send('words', [['a', 'x']])
    await clock.advance(1_000)
  }
  await clock.resolve(broker.admin.deleteTopics([changelog]))
  return { ...parts, worker }
}

suite('a changelog that is lost under a task', test => {
  test('deleted: the next commit parks the task, and names it', async () => {
    const { clock, worker, send, rows } = await deleted()
    await send('words', [['a', 'x']])
    const error = await parkedIn(worker, clock)
    assert.is(error.code, 'TOPIC_MISSING')
    assert.match(error.reason, changelog)
    assert.equal(rows(), { a: 3n })
    await clock.resolve(worker.stop())
  })

  test('made anew: what the table holds is not in it, so nothing more is applied, and it is named', async () => {
    const { clock, broker, worker, send, rows } = await deleted()
    const spec = { name: changelog, partitions: 1, config: { 'cleanup.policy': 'compact' } }
    await clock.resolve(broker.admin.createTopics([spec]))
    await send('words', [['a', 'x']])
    const error = await parkedIn(worker, clock)
    assert.is(error.code, 'CHECKPOINT_AHEAD')
    assert.match(error.reason, `store 'totals'`)
    assert.match(error.reason, changelog)
    assert.equal(rows(), { a: 3n })
    await clock.resolve(worker.stop())
  })
})
