import * as assert from 'uvu/assert'
import { connectParts } from '../../topology/app/connections.ts'
import { deploy } from '../../topology/app/deploy.ts'
import { run } from '../../topology/app/run.ts'
import { buildGraph } from '../../topology/definition/graph.ts'
import { millrace } from '../support/command.ts'
import { realParts } from '../support/real-parts.ts'
import { suite } from '../support/suite.ts'
import { waitFor } from '../support/wait-for.ts'

const { kafka, registry, prefix, database } = await realParts({ kafka: true, registry: true, postgres: true })

process.env.TEST_PREFIX = prefix
const { default: topology, commands } = await import('../support/fixtures/commands.ts')

suite('millrace status', test => {
  test('lag, state, last commit and dead letters of every task, whoever runs it', async () => {
    const url = await database()
    const outside = await connectParts({ kafka: kafka.url, registry: registry.url })
    await deploy(buildGraph(topology), outside)
    const writer = await outside.broker.writer()
    const send = (partition: number, ...values: readonly string[]) =>
      writer.send(
        values.map(value => ({
          topic: commands.name,
          partition,
          timestamp: 0,
          key: Buffer.from('key'),
          value: Buffer.from(value),
          headers: [],
        })),
      )
    const status = async () => {
      const env = {
        KAFKA_BROKERS: kafka.url,
        SCHEMA_REGISTRY_URL: registry.url,
        DATABASE_URL: url,
        TEST_PREFIX: prefix,
      }
      const { code, stdout, stderr } = await millrace(['status', '--topology=test/support/fixtures/commands.ts'], env)
      assert.is(stderr, '')
      return {
        code,
        lines: stdout
          .trimEnd()
          .split('\n')
          .map(line => line.trim().split(/ {2,}/)),
      }
    }

    const app = await run(topology, { kafka: kafka.url, registry: registry.url, postgres: url })
    await send(0, 'count', 'count')
    await waitFor(
      () => app.status().some(task => task.task === 'obey_0' && task.processed === 2 && task.unapplied === 0),
      {
        what: 'the records are not processed',
      },
    )
    await waitFor(() => app.status().every(task => task.lag === 0), { what: 'the tasks lag' })
    await app.stop()

    const rest = await status()
    assert.is(rest.code, 0)
    assert.equal(rest.lines[0], ['TASK', 'STATE', 'LAG', 'LAST COMMIT', 'APPLIED', 'DEAD'])
    assert.equal(rest.lines[1]?.toSpliced(3, 1), ['obey_0', 'ok', '0', 'current', '0'])
    assert.match(String(rest.lines[1]?.[3]), /^\d+ m?s ago$/)
    assert.equal(rest.lines.slice(2), [
      ['obey_1', 'ok', '0', '-', 'current', '0'],
      ['strict_0', 'ok', '0', '-', 'current', '0'],
    ])

    const again = await run(topology, { kafka: kafka.url, registry: registry.url, postgres: url })
    await send(1, 'poison', 'count', 'poison')
    await waitFor(
      () => again.status().some(task => task.task === 'obey_1' && task.processed === 3 && task.unapplied === 0),
      {
        what: 'the records are not processed',
      },
    )
    await again.stop()
    await send(0, 'count', 'count', 'count')
    const trouble = await status()
    assert.is(trouble.code, 1)
    assert.equal(trouble.lines[1]?.toSpliced(3, 1), ['obey_0', 'lagging', '3', 'current', '0'])
    assert.equal(trouble.lines[2]?.toSpliced(3, 1), ['obey_1', 'ok', '0', 'current', '2'])
    await writer.close()
    await outside.close()
  })
})
