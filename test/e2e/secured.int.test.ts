import { Kafka } from 'kafkajs'
import * as assert from 'uvu/assert'
import type { CheckResult } from '../../ops/doctor/finding.ts'
import { Desk } from '../../ops/trading/demo/desk.ts'
import { instruments, limits } from '../../processors/settings.ts'
import trading from '../../processors/trading.ts'
import { connectParts } from '../../topology/app/connections.ts'
import { TopicTail } from '../../topology/app/topics/topic-tail.ts'
import { buildGraph } from '../../topology/definition/graph.ts'
import { consumerGroup } from '../../topology/definition/naming.ts'
import { systemClock } from '../../topology/runtime/system-clock.ts'
import { waitForRest } from '../lab/audit/rest.ts'
import { signalMix } from '../lab/chaos/signal-mix.ts'
import { type CommandResult, endIn, millrace } from '../support/command.ts'
import { securedServers } from '../support/secured-servers.ts'
import { suite } from '../support/suite.ts'
import { waitFor } from '../support/wait-for.ts'
import { WorkerProcess } from '../support/worker-process.ts'
import { counts, lines } from './avro-word-count.ts'

const servers = await securedServers()
const { files, passwords, token, username } = servers
const topology = '--topology=test/e2e/avro-word-count.ts'

/** Everything that a process is told of the servers: SCRAM-SHA-512, basic authentication, verify-full; secrets by file. */
const secured = {
  KAFKA_BROKERS: servers.kafka.brokers,
  KAFKA_CA: files.ca,
  KAFKA_SASL_MECHANISM: 'scram-sha-512',
  KAFKA_USERNAME: username,
  KAFKA_PASSWORD_FILE: files.kafka,
  SCHEMA_REGISTRY_URL: servers.registry.url,
  SCHEMA_REGISTRY_CA: files.ca,
  SCHEMA_REGISTRY_USERNAME: username,
  SCHEMA_REGISTRY_PASSWORD_FILE: files.registry,
  DATABASE_URL: servers.postgres.url,
  DATABASE_CA: files.ca,
  DATABASE_PASSWORD_FILE: files.postgres,
}

/** The same servers with PLAIN and a token, and the database's password in its URL. */
const otherwise = {
  ...secured,
  KAFKA_SASL_MECHANISM: 'plain',
  KAFKA_PASSWORD_FILE: '',
  KAFKA_PASSWORD: passwords.kafka,
  SCHEMA_REGISTRY_USERNAME: '',
  SCHEMA_REGISTRY_PASSWORD_FILE: '',
  SCHEMA_REGISTRY_TOKEN: token,
  DATABASE_PASSWORD_FILE: '',
  DATABASE_URL: servers.postgres.url.replace('worker@', `worker:${passwords.postgres}@`),
}

/** Fails when a secret is in the output of a process. */
function keepsSecrets({ stdout, stderr }: Pick<CommandResult, 'stdout' | 'stderr'>): void {
  const secrets = [...Object.values(passwords), token, 'not-the-password']
  for (const secret of secrets) assert.not.match(stdout + stderr, secret)
}

/** A command that is to succeed. */
async function done(args: readonly string[], env: Readonly<Record<string, string>>): Promise<string> {
  const result = await millrace(args, env)
  assert.is(result.code, 0, result.stderr)
  assert.is(result.stderr, '')
  keepsSecrets(result)
  return result.stdout
}

async function ended(worker: WorkerProcess): Promise<void> {
  assert.is(await worker.end(), 0, worker.stderr)
  keepsSecrets(worker)
}

/** Names under which the broker knows the members of a group. */
async function clientIds(group: string): Promise<readonly string[]> {
  const admin = new Kafka({ brokers: [servers.open.kafka] }).admin()
  await admin.connect()
  const { groups } = await admin.describeGroups([group])
  await admin.disconnect()
  return groups.flatMap(({ members }) => members.map(({ clientId }) => clientId))
}

suite('secured servers, reached by environment variables alone', test => {
  test('word count with Avro: SCRAM-SHA-512, then PLAIN, in one application', async () => {
    await servers.makeSchema('words')
    const scram = { ...secured, MILLRACE_SCHEMA: 'words' }
    await done(['topics', 'apply', topology], scram)
    await done(['schemas', 'register', topology], scram)
    const parts = await connectParts({ kafka: servers.open.kafka, registry: servers.open.registry })
    const key = await lines.key.bind({ topic: lines.name, part: 'key', registry: parts.registry })
    const value = await lines.value.bind({ topic: lines.name, part: 'value', registry: parts.registry })
    const writer = await parts.broker.writer()
    const say = (text: string) =>
      writer.send([
        {
          topic: lines.name,
          partition: 0,
          timestamp: 0,
          key: key.encode('hamlet'),
          value: value.encode({ author: 'hamlet', text }),
          headers: [],
        },
      ])
    const tail = await TopicTail.open([counts], parts.broker, parts.registry)
    const said = new Map<string, unknown>()
    /** Of all words together: they lie in two partitions, which two tasks count, each at its own pace. */
    const counted = (words: bigint) =>
      waitFor(
        async () => {
          for (const { key, value } of await tail.next()) said.set(key, value)
          return [...said.values()].reduce((sum: bigint, count) => sum + (count as bigint), 0n) === words
        },
        { what: `not ${words} words are counted`, said: () => worker.stderr },
      )

    let worker = await WorkerProcess.start({ args: [topology], env: scram })
    await worker.ready()
    await say('to be or not to be')
    await counted(6n)
    assert.is(said.get('be'), 2n)
    assert.equal(await clientIds(consumerGroup('secured-word-count', 'by-word')), ['secured-word-count'])
    await ended(worker)
    worker = await WorkerProcess.start({
      args: [topology, '--threads=2'],
      env: { ...otherwise, MILLRACE_SCHEMA: 'words' },
    })
    await worker.ready()
    await say('let it be')
    await counted(9n)
    assert.is(said.get('be'), 3n)
    await ended(worker)

    const [row] = await servers.sql`select sum(value)::int as words from words.secured_word_counts`
    assert.is(row?.words, 9)
    assert.ok(servers.registry.requests() > 0, 'the guarded registry was asked')
    const status = await millrace(['status', topology], scram)
    assert.is(status.code, 1, 'both workers have ended')
    assert.match(status.stdout, 'by-word_0')
    assert.match(status.stdout, 'nobody runs this')
    keepsSecrets(status)
    await tail.close()
    await writer.close()
    await parts.close()
  })

  test('doctor finds nothing amiss for the user of the tests, and names every right that a guest lacks', async () => {
    const env = { ...secured, MILLRACE_SCHEMA: 'words' }
    const command = ['doctor', topology, '--min-free=0', '--json']
    assert.is(JSON.parse(await done(command, env)).healthy, true)
    const { code, stdout } = await millrace(command, { ...env, KAFKA_USERNAME: 'guest' })
    assert.is(code, 1)
    const { checks } = JSON.parse(stdout) as { checks: readonly CheckResult[] }
    const found = checks.find(({ check }) => check === 'kafka rights')?.findings ?? []
    const told = new Set(found.map(({ subject, problem }) => `${subject} ${problem}`))
    for (const line of [
      `topic '${lines.name}' this user may not even see it`,
      "group 'secured-word-count-by-word' this user may not be a member of it",
      "transactional id 'secured-word-count-by-word-0' this user may not use it",
    ])
      assert.ok(told.has(line), `${line} in ${[...told].join('\n')}`)
    assert.ok(found.every(({ remedy }) => remedy.includes('grant it to the user of KAFKA_USERNAME')))
  })

  test('the trading pipeline: topics, schemas, a worker, the outbox and its relay, the state of all tasks', async () => {
    await servers.makeSchema('trading')
    const env = { ...secured, MILLRACE_SCHEMA: 'trading' }
    await done(['topics', 'apply'], env)
    await done(['schemas', 'register'], env)
    const worker = await WorkerProcess.start({ args: [], env })
    await worker.ready()
    const parts = await connectParts({ kafka: servers.open.kafka, registry: servers.open.registry })
    const desk = await Desk.open(trading.name, parts.broker, parts.registry)
    await desk.register(instruments, 0)
    const portfolioIds = [...limits.portfolios.keys()].slice(0, 5)
    const mix = signalMix({
      seed: 1,
      signals: 40,
      portfolioIds,
      instruments,
      duplicates: 0,
      from: 1_700_000_000_000,
    })
    let settled = 0
    await desk.run(mix, count => {
      settled = count
    })
    assert.is(settled, 40, 'every signal is decided and, if approved, its reports are applied')
    await done(['outbox', 'relay', '--once'], env)
    assert.ok(await waitForRest(buildGraph(trading), parts.broker, systemClock, 90_000), 'it comes to rest')
    assert.match(await done(['status'], env), 'portfolio-risk_0')
    await ended(worker)
    await desk.close()
    await parts.close()
  })

  test('wrong passwords, unknown authorities and expired certificates end a worker at once, with one line', async () => {
    await servers.makeSchema('refused')
    const env = { ...secured, MILLRACE_SCHEMA: 'refused' }
    const refused = async (changes: Readonly<Record<string, string>>, variable: string) => {
      const result = await millrace(['worker', topology], { ...env, ...changes })
      // Code 4 would be an outage that was waited for.
      assert.is(result.code, 3, result.stderr)
      assert.is(result.stdout, '')
      assert.match(result.stderr, /^[^\n]+\n$/)
      assert.match(endIn(result.stderr).said, new RegExp(`\\b${variable}\\b`))
      keepsSecrets(result)
    }
    const wrong = 'not-the-password'
    await refused({ KAFKA_PASSWORD_FILE: '', KAFKA_PASSWORD: wrong }, 'KAFKA_PASSWORD')
    await refused({ KAFKA_PASSWORD_FILE: '', KAFKA_PASSWORD: wrong, KAFKA_SASL_MECHANISM: 'plain' }, 'KAFKA_PASSWORD')
    await refused({ KAFKA_SASL_MECHANISM: 'scram-sha-256' }, 'KAFKA_SASL_MECHANISM')
    await refused({ KAFKA_CA: files.otherCa }, 'KAFKA_CA')
    await refused({ KAFKA_BROKERS: servers.kafka.expired }, 'KAFKA_CA')
    await refused({ SCHEMA_REGISTRY_PASSWORD_FILE: '', SCHEMA_REGISTRY_PASSWORD: wrong }, 'SCHEMA_REGISTRY_PASSWORD')
    await refused({ SCHEMA_REGISTRY_CA: files.otherCa }, 'SCHEMA_REGISTRY_CA')
    await refused({ SCHEMA_REGISTRY_URL: servers.registry.expired }, 'SCHEMA_REGISTRY_CA')
    await refused({ DATABASE_PASSWORD_FILE: '', DATABASE_PASSWORD: wrong }, 'DATABASE_PASSWORD')
    await refused({ DATABASE_CA: files.otherCa }, 'DATABASE_CA')
    await servers.postgres.useCertificate('expired')
    await refused({}, 'DATABASE_CA')
    await servers.postgres.useCertificate('server')
    // The role owns its schema and nothing else.
    await refused({ MILLRACE_SCHEMA: 'somebody_elses' }, 'MILLRACE_SCHEMA')
  })

  test.after(() => servers.stop())
})
