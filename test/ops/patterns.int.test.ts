import * as assert from 'uvu/assert'
import { connectParts } from '../../topology/app/connections.ts'
import { run } from '../../topology/app/run.ts'
import { millrace } from '../support/command.ts'
import { realParts } from '../support/real-parts.ts'
import { suite } from '../support/suite.ts'
import { waitFor } from '../support/wait-for.ts'

const { kafka, prefix, database } = await realParts({ kafka: true, postgres: true })
process.env.TEST_PREFIX = prefix
const { default: topology } = await import('../support/fixtures/pattern-orders.ts')

suite(
  'commands on topics that a pattern found',
  test => {
    test('dlq show decodes, state reset goes back, and doctor looks at them', async () => {
      const url = await database()
      const command = (...args: readonly string[]) =>
        millrace([...args, '--topology=test/support/fixtures/pattern-orders.ts'], {
          KAFKA_BROKERS: kafka.url,
          DATABASE_URL: url,
          TEST_PREFIX: prefix,
        })
      const { broker, close } = await connectParts({ kafka: kafka.url })
      const paris = `${prefix}orders.paris`
      await broker.admin.createTopics([{ name: paris, partitions: 1, config: {} }])
      const writer = await broker.writer()
      const order = (key: string, value: string) => ({
        topic: paris,
        partition: 0,
        timestamp: Date.now(),
        key: Buffer.from(key),
        value: Buffer.from(value),
        headers: [],
      })
      await writer.send([order('ann', 'poison'), order('bob', 'one more')])
      await writer.close()
      await close()

      const app = await run(topology, { kafka: kafka.url, postgres: url })
      const counted = async () => (await app.store('order-counts').get('bob')) === 1n
      await waitFor(counted, { what: 'the order of bob is not counted', timeoutMs: 60_000 })
      await app.stop()

      const shown = await command('dlq', 'show', '--json', `--topic=${paris}`)
      assert.is(shown.code, 0, shown.stderr)
      const { letters } = JSON.parse(shown.stdout)
      assert.equal(
        letters.map(({ key }: { key: unknown }) => key),
        ['ann'],
      )
      assert.match(letters[0].undecodable, /int64|8 bytes/)

      const doctor = await command('doctor', '--json', '--min-free=0')
      assert.not.match(doctor.stdout, 'does not exist', doctor.stderr)
      assert.match(doctor.stdout, '"check":"topics"')

      const reset = await command('state', 'reset', 'orders')
      assert.is(reset.code, 0, reset.stderr)
      assert.match(reset.stdout, `to the beginning of ${paris}`)
    })
  },
  { timeoutMs: 240_000 },
)
