import type { Sql } from 'postgres'
import { PostgresClient } from '../../store/postgres/client.ts'
import { connectParts, connectRegistry, surveyKafka } from '../../topology/app/connections.ts'
import type { Environment } from '../../topology/app/environment.ts'
import { graphOnCluster } from '../../topology/app/graph-on-cluster.ts'
import type { ServerAddresses } from '../../topology/app/server-environment.ts'
import type { KafkaSurvey } from '../../topology/broker/kafkajs/survey.ts'
import type { Broker } from '../../topology/broker/port.ts'
import type { Clock } from '../../topology/definition/clock.ts'
import type { TopologyGraph } from '../../topology/definition/graph.ts'
import { defaultSettings } from '../../topology/runtime/task-environment.ts'
import { planTopics } from '../../topology/runtime/topic-plan.ts'
import { openDatabase } from '../command-line/database.ts'
import { compareTopics, topicNames } from '../topics/topic-differences.ts'
import { judgeClock } from './clock-check.ts'
import { type CheckResult, checked } from './finding.ts'
import { checkIdentity } from './identity-check.ts'
import { checkCluster, checkKafkaRights, checkTopics } from './kafka-checks.ts'
import {
  checkDisk,
  checkMigrations,
  checkRights,
  checkServer,
  checkSessions,
  databaseClock,
} from './postgres-checks.ts'
import { checkSchemas } from './schema-checks.ts'
import { checkTransactions } from './transaction-checks.ts'

/** The things that an examination looks at. Servers without an address are left out. */
export interface Examined {
  readonly graph: TopologyGraph
  readonly servers: Partial<ServerAddresses>
  readonly schema: string
  readonly environment: Pick<Environment, 'MILLRACE_TRANSACTION_TIMEOUT_MS'>
  readonly minFreeBytes: number
  readonly clock: Clock
}

/** Makes all checks; those of a server that does not answer are left out, and that it does not is the finding. */
export async function examine(examined: Examined): Promise<readonly CheckResult[]> {
  const results: CheckResult[] = []
  const opened: { close(): Promise<void> }[] = []
  try {
    const cluster = await examineKafka(examined, results, opened)
    await examineRegistry(examined, results)
    await examinePostgres({ ...examined, ...cluster }, cluster?.broker, results, opened)
    return results
  } finally {
    for (const each of opened) await each.close()
  }
}

type Opened = { close(): Promise<void> }[]

function limitOf({ environment }: Examined): number {
  return environment.MILLRACE_TRANSACTION_TIMEOUT_MS ?? defaultSettings.transactionTimeoutMs
}

/** Returns the cluster's client, and the graph with the topics of it that patterns match. */
async function examineKafka(
  examined: Examined,
  results: CheckResult[],
  opened: Opened,
): Promise<{ readonly broker: Broker; readonly graph: TopologyGraph } | undefined> {
  const { servers, clock } = examined
  const { kafka } = servers
  if (!kafka) return undefined
  let survey: KafkaSurvey | undefined
  let broker: Broker | undefined
  const connected = await checked('kafka', async () => {
    survey = await surveyKafka(kafka, 'millrace-doctor', clock)
    opened.push(survey)
    const parts = await connectParts({ kafka, clientId: 'millrace-doctor' }, clock)
    opened.push(parts)
    broker = parts.broker
    return checkCluster(survey)
  })
  results.push(connected)
  if (survey === undefined || broker === undefined) return undefined
  const [sight, client] = [survey, broker]
  const graph = await graphOnCluster(examined.graph.definition, client.admin)
  const application = graph.definition.name
  results.push(await checked('kafka rights', () => checkKafkaRights(sight, graph, planTopics(graph, new Map()))))
  results.push(
    await checked('topics', async () => {
      const existing = await client.admin.describeTopics(topicNames(graph))
      return checkTopics(sight, compareTopics(graph, existing))
    }),
  )
  results.push(
    await checked('transactions', async () => {
      const existing = await client.admin.describeTopics(topicNames(graph))
      const places = existing.flatMap(({ name, partitions }) =>
        Array.from({ length: partitions }, (_, partition) => ({ topic: name, partition })),
      )
      return checkTransactions(sight, client, places, limitOf(examined))
    }),
  )
  const probe = `${application}-doctor`
  results.push(await checked('kafka clock', async () => judgeClock('Kafka', await sight.clock(probe, probe))))
  return { broker: client, graph }
}

async function examineRegistry(
  { graph, servers: { registry }, clock }: Examined,
  results: CheckResult[],
): Promise<void> {
  if (!registry) return
  results.push(await checked('registry', async () => checkSchemas(graph, await connectRegistry(registry, clock))))
}

async function examinePostgres(
  examined: Examined,
  broker: Broker | undefined,
  results: CheckResult[],
  opened: Opened,
): Promise<void> {
  const { graph, schema, servers, minFreeBytes, clock } = examined
  const { postgres: url } = servers
  if (!url) return
  let sql: Sql | undefined
  results.push(
    await checked('postgres', async () => {
      sql = await openDatabase(url)
      opened.push({ close: () => sql!.end() })
      return checkServer(sql)
    }),
  )
  if (sql === undefined) return
  const database = sql
  const stores = graph.subtopologies.flatMap(sub => sub.stores)
  const client = new PostgresClient({ url, clock, requestTimeoutMs: 30_000 })
  opened.push(client)
  const wanted = { schema, application: graph.definition.name, stores }
  results.push(await checked('migrations', () => checkMigrations(client, wanted)))
  results.push(await checked('postgres rights', () => checkRights(database, schema, stores)))
  if (broker) results.push(await checked('identity', () => checkIdentity(graph, broker, database, schema)))
  results.push(await checked('postgres sessions', () => checkSessions(database, schema, limitOf(examined))))
  results.push(await checked('postgres disk', () => checkDisk(database, minFreeBytes)))
  const now = () => clock.now()
  results.push(await checked('postgres clock', async () => judgeClock('Postgres', await databaseClock(database, now))))
}
