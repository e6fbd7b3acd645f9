import { hostname } from 'node:os'
import * as assert from 'uvu/assert'
import type { ConsoleRecord, Pulse } from '../../gateway/console/console-data.ts'
import { openConsole } from '../../ops/console/console.ts'
import { consoleSource } from '../../ops/console/source.ts'
import { connectParts } from '../../topology/app/connections.ts'
import { deploy } from '../../topology/app/deploy.ts'
import { run } from '../../topology/app/run.ts'
import { buildGraph } from '../../topology/definition/graph.ts'
import { systemClock } from '../../topology/runtime/system-clock.ts'
import { millrace } from '../support/command.ts'
import { realParts } from '../support/real-parts.ts'
import { suite } from '../support/suite.ts'
import { waitFor } from '../support/wait-for.ts'

const { kafka, registry, prefix, database } = await realParts({ kafka: true, registry: true, postgres: true })

process.env.TEST_PREFIX = prefix
const { default: topology, commands, orders } = await import('../support/fixtures/commands.ts')

suite('millrace status', test => {
  test('lag, state, last commit and dead letters of every task, whoever runs it', async () => {
    const url = await database()
    const outside = await connectParts({ kafka: kafka.url, registry: registry.url })
    await deploy(buildGraph(topology), outside)
    const writer = await outside.broker.writer()
    const send = (partition: number, ...values: readonly string[]) => write(commands.name, partition, values)
    const write = (topic: string, partition: number, values: readonly string[]) =>
      writer.send(
        values.map(value => ({
          topic,
          partition,
          timestamp: 0,
          key: Buffer.from('key'),
          value: Buffer.from(value),
          headers: [],
        })),
      )
    const status = async (more: Readonly<Record<string, string>> = {}) => {
      const env = {
        KAFKA_BROKERS: kafka.url,
        SCHEMA_REGISTRY_URL: registry.url,
        DATABASE_URL: url,
        TEST_PREFIX: prefix,
        ...more,
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
    await write(orders.name, 0, ['fine'])
    await waitFor(
      () => app.status().some(task => task.task === 'obey_0' && task.processed === 2 && task.unapplied === 0),
      {
        what: 'the records are not processed',
      },
    )
    await waitFor(
      () => app.status().length === 3 && app.status().every(({ lag, state }) => lag === 0 && state === 'running'),
      {
        what: 'the tasks lag',
      },
    )
    // What is processed is committed after that.
    let busy = await status()
    const isCommitted = () =>
      busy.code === 0 && busy.lines[1]?.[3] === '2' && busy.lines[1]?.[6] === 'current' && busy.lines[3]?.[3] === '1'
    await waitFor(
      async () => {
        if (!isCommitted()) busy = await status()
        return isCommitted()
      },
      { what: 'the records are not committed', said: () => JSON.stringify(busy) },
    )
    assert.is(busy.code, 0)
    const head = ['TASK', 'STATE', 'OWNER', 'POSITION', 'LAG', 'LAST COMMIT', 'APPLIED', 'DEAD', 'MEMBER']
    assert.equal(busy.lines[0], head)
    const owner = `${hostname()} pid ${process.pid} thread 0`
    const [task, state, who, position, lag, last, applied, dead, member] = busy.lines[1] ?? []
    assert.equal([task, state, who, position, lag, applied, dead], ['obey_0', 'ok', owner, '2', '0', 'current', '0'])
    assert.match(String(last), /^\d+ m?s ago$/)
    assert.match(String(member), /^.+-[0-9a-f-]{36}$/)
    assert.equal(busy.lines[2]?.slice(0, 8), ['obey_1', 'ok', owner, '-', '0', '-', 'current', '0'])
    const [stateless = []] = busy.lines.slice(3)
    assert.equal(stateless.toSpliced(5, 1).slice(0, 7), ['strict_0', 'ok', owner, '1', '0', 'current', '0'])
    assert.match(String(stateless[5]), /^\d+ m?s ago$/, 'a task without state tells its last commit, too')
    const wrong = await status({ MILLRACE_SCHEMA: 'elsewhere' })
    assert.is(wrong.code, 1)
    assert.is(wrong.lines[1]?.[1], 'wrong schema')
    assert.is(wrong.lines[3]?.[1], 'ok', 'it has no tables')
    assert.match(
      wrong.lines.at(-1)!.join(' '),
      /^wrong schema: the tables of '.+commands' are not in 'elsewhere' but in 'public'/,
    )
    await app.stop()

    const rest = await status()
    assert.is(rest.code, 1)
    assert.equal(
      rest.lines.slice(1).map(line => [line[0], line[1], line[2], line[8]]),
      ['obey_0', 'obey_1', 'strict_0'].map(name => [name, 'nobody runs this', '-', '-']),
    )

    const again = await run(topology, { kafka: kafka.url, registry: registry.url, postgres: url })
    await send(1, 'poison', 'count', 'poison')
    await waitFor(
      () => again.status().some(task => task.task === 'obey_1' && task.processed === 3 && task.unapplied === 0),
      {
        what: 'the records are not processed',
      },
    )
    await write(orders.name, 0, ['bad'])
    let parked = await status()
    await waitFor(
      async () => {
        parked = await status()
        return parked.lines[3]?.[1] === 'parked'
      },
      { what: 'the task is not shown as parked', timeoutMs: 60_000 },
    )
    assert.is(parked.code, 1)
    const why =
      /^strict_0 is parked for \d+ m?s: STOPPED_BY_POLICY: record .+ at offset 1 failed in 'strict' .+good enough/
    assert.match(parked.lines.at(-1)!.join(' '), why)
    await again.stop()
    const after = await status()
    assert.is(after.lines[3]?.[1], 'nobody runs this', 'a note holds for its owner alone')
    await send(0, 'count', 'count', 'count')
    const trouble = await status()
    assert.is(trouble.code, 1)
    assert.equal([trouble.lines[1]?.[3], trouble.lines[1]?.[4]], ['2', '3'])
    assert.equal([trouble.lines[2]?.[4], trouble.lines[2]?.[7]], ['0', '2'])

    // The console tells the same of them, on connections of its own.
    const graph = buildGraph(topology)
    const servers = { kafka: { brokers: kafka.url }, registry: { url: registry.url }, postgres: url }
    const source = consoleSource({ graph, servers, clock: systemClock })
    const shown = openConsole({ source, clock: systemClock, report: error => assert.unreachable(String(error)) })
    const pulse = await new Promise<Pulse>(resolve => shown.watch(resolve))
    assert.is(pulse.problem, null)
    assert.equal(pulse.tasks.map(one => [one.task, one.state, one.lag, one.deadLetters]).slice(0, 2), [
      ['obey_0', 'nobody', 3, 0],
      ['obey_1', 'nobody', 0, 2],
    ])
    assert.equal(pulse.letters, { [commands.name]: 2 })
    const { letters, counts } = await shown.letters()
    assert.equal([letters.length, counts.open], [2, 2])
    const [store] = [...graph.stores.keys()]
    assert.ok((await shown.rows(store!, {})).rows.length > 0)
    assert.is(pulse.stores[store!]?.rows, (await shown.rows(store!, {})).rows.length)
    const tail = await new Promise<readonly ConsoleRecord[]>(resolve =>
      shown.tail(commands.name, records => records.length > 0 && resolve(records)),
    )
    assert.equal([tail[0]?.key, tail[0]?.undecodable], ['"key"', null])
    await shown.close()
    await writer.close()
    await outside.close()
  })
})
