import * as assert from 'uvu/assert'
import { kafkajsBroker } from '../../topology/broker/kafkajs/kafkajs-broker.ts'
import { systemClock } from '../../topology/runtime/system-clock.ts'
import { millrace } from '../support/command.ts'
import { realParts } from '../support/real-parts.ts'
import { suite } from '../support/suite.ts'
import { waitFor } from '../support/wait-for.ts'

const { kafka, prefix } = await realParts({ kafka: true })

const topics = (action: string, topology: string, ...more: readonly string[]) =>
  millrace(['topics', action, `--topology=test/ops/fixtures/copy-lines.ts#${topology}`, ...more], {
    KAFKA_BROKERS: kafka.url,
    TEST_PREFIX: prefix,
  })

/** Rows of the table. Shape: `{ 'lines 2 declared': 'missing' }`. */
const states = (stdout: string) => {
  const rows = stdout.split('\n').flatMap(line => {
    const [name, partitions, kind, state] = line.trim().split(/\s+/)
    return state && name?.startsWith(prefix)
      ? [[`${name.slice(prefix.length)} ${partitions} ${kind}`, state] as const]
      : []
  })
  return Object.fromEntries(rows)
}

suite('topics', test => {
  test('list on an empty cluster names what is missing and ends with 1', async () => {
    const { code, stdout } = await topics('list', 'narrow')
    assert.equal(states(stdout), {
      'lines 2 declared': 'missing',
      'copies 2 declared': 'missing',
      'copy-seen-changelog 2 internal': 'missing',
      'lines.dlq 2 internal': 'missing',
    })
    assert.is(code, 1)
  })

  test('apply creates them; after it list ends with 0', async () => {
    const applied = await topics('apply', 'narrow')
    assert.is(applied.code, 0, applied.stderr)
    assert.equal(new Set(Object.values(states(applied.stdout))), new Set(['created']))
    const listed = await topics('list', 'narrow')
    assert.equal(new Set(Object.values(states(listed.stdout))), new Set(['exists']), listed.stdout)
    assert.is(listed.code, 0)
  })

  test('a changed count is said, not changed', async () => {
    const { code, stdout } = await topics('apply', 'wide')
    assert.is(states(stdout)['lines 4 declared'], 'differs')
    assert.match(stdout, `topic '${prefix}lines' has 2 partitions, declared are 4`)
    assert.is(code, 1)
    assert.is((await topics('list', 'narrow')).code, 0)
  })

  test('a setting that differs is set by apply --alter, and an older changelog gets its size of segments', async () => {
    const broker = await kafkajsBroker({ brokers: [kafka.url], clock: systemClock })
    const [lines, changelog] = [`${prefix}lines`, `${prefix}copy-seen-changelog`]
    await broker.admin.alterTopics([
      { name: lines, config: { 'retention.ms': '1000' } },
      { name: changelog, config: { 'segment.bytes': '1073741824' } },
    ])
    assert.is((await topics('list', 'narrow')).code, 1)
    const { code, stdout } = await topics('apply', 'narrow', '--alter')
    assert.is(code, 0, stdout)
    assert.match(stdout, `topic '${lines}' retention.ms is set to 86400000`)
    assert.match(stdout, `topic '${changelog}' segment.bytes is set to 52428800`)
    // The controller has taken the settings; brokers hear of them a moment later.
    const settings = async () => {
      const found = await broker.admin.describeTopics([lines, changelog])
      return [found[0]?.effective['retention.ms'], found[1]?.effective['segment.bytes']].join()
    }
    await waitFor(async () => (await settings()) === '86400000,52428800', { what: 'the settings are not in force' })
    assert.is(await settings(), '86400000,52428800')
    await broker.close()
  })

  test('replicas and min.insync.replicas of topics to come are given by the environment', async () => {
    const env = { TEST_PREFIX: `${prefix}set-`, KAFKA_BROKERS: kafka.url }
    const apply = ['topics', 'apply', '--topology=test/ops/fixtures/copy-lines.ts#narrow']
    const tooMany = await millrace(apply, { ...env, MILLRACE_REPLICATION_FACTOR: '3' })
    assert.is(tooMany.code, 3, 'one broker cannot hold three replicas')
    assert.match(tooMany.stderr, /replication factor/i)
    assert.is((await millrace(apply, { ...env, MILLRACE_MIN_INSYNC_REPLICAS: '1' })).code, 0)
    const broker = await kafkajsBroker({ brokers: [kafka.url], clock: systemClock })
    const [found] = await broker.admin.describeTopics([`${prefix}set-lines`])
    assert.is(found?.config['min.insync.replicas'], '1')
    await broker.close()
  })

  test('a Kafka that does not answer is one line and code 4', async () => {
    const { code, stderr } = await millrace(['topics', 'list', '--topology=test/ops/fixtures/copy-lines.ts#narrow'], {
      KAFKA_BROKERS: '127.0.0.1:1',
    })
    assert.is(code, 4, stderr)
    assert.is(stderr.trim().split('\n').length, 1, stderr)
  })
})
