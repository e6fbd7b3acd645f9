import postgres from 'postgres'
import * as assert from 'uvu/assert'
import { judgeClock } from '../../ops/doctor/clock-check.ts'
import { type Examined, examine } from '../../ops/doctor/examination.ts'
import { type CheckResult, checkNames, type Finding } from '../../ops/doctor/finding.ts'
import { replicaFindings } from '../../ops/doctor/kafka-checks.ts'
import { judgeServer } from '../../ops/doctor/postgres-checks.ts'
import { connectParts, surveyKafka } from '../../topology/app/connections.ts'
import { deploy } from '../../topology/app/deploy.ts'
import { run } from '../../topology/app/run.ts'
import { kafkajsBroker } from '../../topology/broker/kafkajs/kafkajs-broker.ts'
import { buildGraph } from '../../topology/definition/graph.ts'
import { systemClock } from '../../topology/runtime/system-clock.ts'
import { millrace } from '../support/command.ts'
import { realParts } from '../support/real-parts.ts'
import { suite } from '../support/suite.ts'
import { waitFor } from '../support/wait-for.ts'

const { kafka, registry, prefix, database } = await realParts({ kafka: true, registry: true, postgres: true })
process.env.TEST_PREFIX = prefix
const { default: topology, changed, wide, seenName, visitsName } = await import('../support/fixtures/doctor.ts')

/** The findings of an examination, without those of a cluster that has one broker. Shape: `'topics: topic ... does not exist'`. */
const told = (checks: readonly CheckResult[]) =>
  checks.flatMap(({ check, findings }) =>
    findings
      .filter(({ subject }) => subject !== 'the cluster')
      .map(({ subject, problem }) => `${check}: ${subject} ${problem}`.replaceAll(prefix, '')),
  )

suite('millrace doctor', test => {
  let url: string
  const doctor = (more: Partial<Omit<Examined, 'graph'>> = {}, definition = topology) =>
    examine({
      graph: buildGraph(definition),
      schema: 'public',
      environment: { MILLRACE_TRANSACTION_TIMEOUT_MS: undefined },
      minFreeBytes: 0,
      clock: systemClock,
      ...more,
      servers: {
        kafka: { brokers: [kafka.url] },
        registry: { url: registry.url },
        postgres: url,
        ...more.servers,
      },
    })
  const command = (...args: readonly string[]) =>
    millrace(['doctor', '--topology=test/support/fixtures/doctor.ts', '--min-free=0', ...args], {
      KAFKA_BROKERS: kafka.url,
      SCHEMA_REGISTRY_URL: registry.url,
      DATABASE_URL: url,
      TEST_PREFIX: prefix,
    })
  test.before(async () => {
    url = await database()
  })

  test('before the deploy: topics, schemas and tables are missing, each with the command that makes it', async () => {
    const { code, stdout } = await command('--json')
    assert.is(code, 1)
    const report: { readonly healthy: boolean; readonly checks: readonly CheckResult[] } = JSON.parse(stdout)
    assert.is(report.healthy, false)
    const found = told(report.checks)
    assert.match(found.pop() ?? '', /^migrations: schema 'public' lacks \d+ statements of the stores' tables$/)
    assert.equal(found, [
      ...['visits', 'seen', 'doctor-pages-changelog', 'visits.dlq'].map(
        name => `topics: topic '${name}' does not exist`,
      ),
      "registry: subject 'visits-value' has no schema",
    ])
    const remedies = report.checks.flatMap(({ findings }) => findings.map(({ remedy }) => remedy))
    for (const command of ['topics apply', 'schemas register', 'migrate --apply'])
      assert.ok(
        remedies.some(remedy => remedy.includes(`'millrace ${command}'`)),
        command,
      )
  })

  test('deployed and run it is healthy: exit code 0, all thirteen checks made, one broker a warning', async () => {
    const outside = await connectParts({ kafka: kafka.url, registry: registry.url })
    await deploy(buildGraph(topology), outside)
    await outside.close()
    const app = await run(topology, { kafka: kafka.url, registry: registry.url, postgres: url })
    await waitFor(() => app.status().length === 2 && app.status().every(({ state }) => state === 'running'), {
      what: 'the tasks do not run',
    })
    await app.stop()
    const checks = await doctor()
    assert.equal(told(checks), [])
    assert.equal(
      checks.map(({ check }) => check),
      [...checkNames],
    )
    const { code, stdout } = await command()
    assert.is(code, 0, stdout)
    assert.match(stdout, 'warning: the cluster has 1 broker: a lost disk loses records\n    run three brokers')
    assert.match(stdout, /13 checks: 0 errors, 1 warnings\n$/)
    assert.is((await command('--strict', '--json')).code, 1)
  })

  test('what differs from the topology: partitions, settings, retention, schemas', async () => {
    assert.match(told(await doctor({}, wide)).join('\n'), /topics: topic 'visits' has 2 partitions, declared are 3/)
    assert.match(told(await doctor({}, changed)).join('\n'), /registry: subject 'visits-value' .*visitor/)
  })

  test('a setting that somebody changed, and records that leave before they are read', async () => {
    const broker = await kafkajsBroker({ brokers: [kafka.url], clock: systemClock })
    await broker.admin.deleteTopics([seenName, `${visitsName}.dlq`])
    await broker.admin.createTopics([
      { name: seenName, partitions: 2, config: { 'retention.ms': '60000', 'retention.bytes': '1000' } },
      { name: `${visitsName}.dlq`, partitions: 2, config: { 'max.message.bytes': '1000' } },
    ])
    await broker.close()
    const found = told(await doctor())
    for (const part of [
      "topics: topic 'visits.dlq' max.message.bytes is 1000, wanted is",
      "topics: topic 'seen' retention.ms is 60000, wanted is -1",
      "topics: topic 'seen' keeps records for 60000 ms",
      "topics: topic 'seen' keeps 1000 bytes a partition",
    ])
      assert.ok(
        found.some(line => line.startsWith(part)),
        `${part} in ${found.join('\n')}`,
      )
  })

  test('transactions that nobody ends, in Kafka and in Postgres', async () => {
    const broker = await kafkajsBroker({ brokers: [kafka.url], clock: systemClock })
    let release: () => void = () => {}
    const held = new Promise<void>(resolve => {
      release = resolve
    })
    let begun: () => void = () => {}
    const open = new Promise<void>(resolve => {
      begun = resolve
    })
    const producer = broker.producer({
      transactionalId: `${prefix}zombie`,
      transactionTimeoutMs: 60_000,
      async onStep(step) {
        if (step !== 'before-end') return
        begun()
        await held
      },
    })
    await producer.init()
    const record = { topic: visitsName, partition: 1, timestamp: 0, key: Buffer.from('k'), value: null, headers: [] }
    const commit = producer.commit({ records: [record] })
    await open
    const sql = postgres(url, { max: 1, connection: { application_name: 'forgotten' }, onnotice: () => {} })
    await sql.unsafe('begin')
    await sql.unsafe('lock table pages in access share mode')
    await new Promise(resolve => setTimeout(resolve, 300))

    const found = told(await doctor({ environment: { MILLRACE_TRANSACTION_TIMEOUT_MS: 200 } }))
    assert.is(found.filter(line => line.startsWith('transactions: ')).length, 1, found.join('\n'))
    assert.match(
      found.join('\n'),
      /transactions: topic 'visits' partition 1 transaction 'zombie' is open for \d+ s from offset 0/,
    )
    assert.match(
      found.join('\n'),
      /postgres sessions: session \d+ \(forgotten\) has been idle in a transaction for \d+ s, and holds locks on the tables/,
    )
    await sql.unsafe('rollback')
    await sql.end()
    // As if no coordinator knew it: the markers are written by the leader of the partition itself.
    const survey = await surveyKafka({ brokers: [kafka.url] }, 'doctor-test', systemClock)
    const place = { topic: visitsName, partition: 1 }
    const [hanging] = await survey.openTransactions([place])
    await survey.abort({ ...hanging!, transactionalId: undefined })
    assert.equal(await survey.openTransactions([place]), [])
    assert.equal(
      await broker.admin.listOffsets([place], 'committed'),
      await broker.admin.listOffsets([place], 'latest'),
      'nobody waits behind it',
    )
    await survey.close()
    release()
    await commit.catch(() => {})
    await producer.close()
    await broker.close()
  })

  test('a database that is not of this cluster, and one whose tables are in another schema', async () => {
    const sql = postgres(url, { max: 1, onnotice: () => {} })
    await sql`update millrace_checkpoint set changelog_offset = 999 where partition = 0`
    const ahead = told(await doctor()).join('\n')
    assert.match(
      ahead,
      /identity: store 'pages' partition 0 its table holds the changelog up to 999, and topic .* ends at \d+/,
    )
    assert.match(ahead, /identity: store 'pages' partition 0 its table has state, and group .* has no offsets/)
    await sql`update millrace_checkpoint set changelog_offset = null where partition = 0`
    const elsewhere = told(await doctor({ schema: 'elsewhere' })).join('\n')
    assert.match(elsewhere, /identity: schema 'elsewhere' has no table of 'doctor', and schema 'public' has/)
    await sql.end()
  })

  test('a user without rights, a full disk, a slot that nobody uses', async () => {
    const sql = postgres(url, { max: 1, onnotice: () => {} })
    const role = `${prefix}guest`.replaceAll('-', '_')
    await sql.unsafe(`create role ${role} login password 'guest'`)
    await sql.unsafe(`grant select on millrace_migration, millrace_store, millrace_checkpoint, pages to ${role}`)
    const guest = new URL(url)
    guest.username = role
    guest.password = 'guest'
    const rights = told(await doctor({ servers: { postgres: guest.href } }))
    assert.equal(
      rights.filter(line => line.startsWith('postgres rights: ')),
      [
        `postgres rights: table 'millrace_checkpoint' user '${role}' lacks insert, update`,
        `postgres rights: table 'millrace_parked' user '${role}' lacks select, insert, update, delete`,
        `postgres rights: table 'pages' user '${role}' lacks insert, update, delete`,
      ],
    )
    await sql.unsafe(`drop owned by ${role}`)
    await sql.unsafe(`drop role ${role}`)
    const slot = `${prefix}slot`.replaceAll('-', '_')
    await sql`select pg_create_physical_replication_slot(${slot}, true)`
    const disk = told(await doctor({ minFreeBytes: 1e15 })).join('\n')
    await sql`select pg_drop_replication_slot(${slot})`
    assert.match(disk, /postgres disk: the disk of Postgres has [\d.]+ GB free/)
    assert.match(disk, new RegExp(`postgres disk: replication slot '${slot}' nobody uses it`))
    await sql.end()
  })

  test('clocks that disagree, of Kafka and of Postgres', async () => {
    const found = told(await doctor({ clock: { ...systemClock, now: () => systemClock.now() - 3_600_000 } }))
    assert.match(found.join('\n'), /kafka clock: Kafka its clock is 3[56]\d{5} ms ahead of the one of this machine/)
    assert.match(
      found.join('\n'),
      /postgres clock: Postgres its clock is 3[56]\d{5} ms ahead of the one of this machine/,
    )
  })

  test('a server that does not answer is a finding, and the others are looked at', async () => {
    const checks = await doctor({
      servers: {
        kafka: { brokers: ['127.0.0.1:1'] },
        registry: { url: 'http://127.0.0.1:1' },
        postgres: 'postgres://nobody@127.0.0.1:1/none',
      },
    })
    const [first] = checks
    assert.is(first?.check, 'kafka')
    assert.match(first?.findings[0]?.problem ?? '', 'no broker answers')
    const registryCheck = checks.find(({ check }) => check === 'registry')
    assert.is(registryCheck?.findings[0]?.level, 'error')
    assert.match(checks.at(-1)?.findings[0]?.problem ?? '', 'does not answer')
  })

  test('facts that one broker of today cannot show: replicas, versions, encodings', () => {
    const problems = (findings: readonly Finding[]) => findings.map(({ level, problem }) => `${level}: ${problem}`)
    const at = (partition: number, leader: number, replicas: number[], inSync: number[]) => ({
      partition,
      leader,
      replicas,
      inSync,
    })
    const place = (...partitions: readonly ReturnType<typeof at>[]) => ({
      name: 'orders',
      errorCode: 0,
      operations: 0,
      partitions,
    })
    const min = (count: number) => ({ 'min.insync.replicas': String(count) })
    assert.equal(problems(replicaFindings(place(at(0, 1, [1, 2, 3], [1, 2, 3])), 3, min(2))), [])
    assert.equal(problems(replicaFindings(place(at(0, 1, [1], [1])), 3, min(1))), [
      'warning: has 1 replica on 3 brokers',
    ])
    assert.equal(problems(replicaFindings(place(at(0, 1, [1, 2, 3], [1, 2])), 3, min(2))), [
      'warning: partition 0: not all replicas are in sync',
    ])
    assert.equal(problems(replicaFindings(place(at(0, -1, [1, 2, 3], [1])), 3, min(2))), [
      'error: nobody leads partition 0',
      'error: partition 0: fewer replicas in sync than min.insync.replicas (2), so writes are refused',
    ])
    assert.equal(problems(replicaFindings(place(at(0, 1, [1, 2, 3], [1, 2, 3])), 3, min(1))), [
      'warning: min.insync.replicas is 1 with 3 replicas: a write that one broker has is acknowledged, and lost with it',
    ])
    assert.equal(problems(replicaFindings(place(at(0, 1, [1, 2, 3], [1, 2, 3])), 3, min(3))), [
      'warning: min.insync.replicas is 3 with 3 replicas: one broker away stops all writes',
    ])
    const server = { version: 18, encoding: 'UTF8', standby: false, readonly: 'off' }
    assert.equal(problems(judgeServer(server)), [])
    assert.equal(problems(judgeServer({ ...server, version: 11 })), ['error: is Postgres 11'])
    assert.equal(problems(judgeServer({ ...server, encoding: 'LATIN1' })), ['error: has the encoding LATIN1'])
    assert.equal(problems(judgeServer({ ...server, standby: true })), ['error: is a standby and takes no writes'])
    assert.equal(problems(judgeServer({ ...server, readonly: 'on' })), ['error: is read-only'])
    assert.equal(judgeClock('Kafka', { aheadMs: 700, withinMs: 300 }).findings, [])
    assert.is(judgeClock('Kafka', { aheadMs: -900, withinMs: 300 }).findings[0]?.level, 'warning')
  })
})
