import { type KafkaSurvey, may } from '../../topology/broker/kafkajs/survey.ts'
import type { TopologyGraph } from '../../topology/definition/graph.ts'
import { transactionalId } from '../../topology/definition/naming.ts'
import type { TopicPlan } from '../../topology/runtime/topic-plan.ts'
import type { TopicComparison } from '../topics/topic-differences.ts'
import { doubtful, type Finding, wrong } from './finding.ts'

/** Kafka's own topics, without which no group or transaction goes on. */
const kafkaTopics = ['__consumer_offsets', '__transaction_state']
const notAuthorised = 29

/** The cluster: its nodes, and the replicas of Kafka's own topics. */
export async function checkCluster(survey: KafkaSurvey) {
  const { nodes, clusterId, topics } = await survey.placement(kafkaTopics)
  const findings: Finding[] = []
  for (const { name, partitions } of topics) {
    const replicas = Math.min(...partitions.map(partition => partition.replicas.length))
    if (partitions.length === 0 || replicas >= Math.min(3, nodes.length)) continue
    findings.push(
      doubtful(
        `topic '${name}'`,
        `has ${replicas} ${replicas === 1 ? 'replica' : 'replicas'} on ${nodes.length} brokers: with its broker, offsets and transactions are away`,
        'reassign its partitions, and set the brokers to replicate it three times',
      ),
    )
  }
  if (nodes.length < 3)
    findings.push(
      doubtful(
        'the cluster',
        `has ${nodes.length} ${nodes.length === 1 ? 'broker' : 'brokers'}: a lost disk loses records`,
        'run three brokers or more where that matters',
      ),
    )
  const said = `cluster ${clusterId}, ${nodes.length} ${nodes.length === 1 ? 'broker' : 'brokers'}`
  return { said, findings }
}

/** The rights that a worker and a deploy need: topics, groups, transactional ids. */
export async function checkKafkaRights(survey: KafkaSurvey, graph: TopologyGraph, plan: TopicPlan) {
  const findings: Finding[] = []
  const names = [...plan.partitions.keys()]
  const { topics, operations } = await survey.placement(names)
  const grant = 'grant it to the user of KAFKA_USERNAME, where the rights of the cluster are managed'
  const reads = new Set(graph.subtopologies.flatMap(sub => sub.inputs))
  const writes = new Set(graph.subtopologies.flatMap(sub => sub.sinks.map(({ topic }) => topic)))
  const internal = new Set(plan.internal.map(({ name }) => name))
  for (const { name, errorCode, operations: field } of topics) {
    if (errorCode === notAuthorised) {
      findings.push(wrong(`topic '${name}'`, 'this user may not even see it', `DESCRIBE: ${grant}`))
      continue
    }
    if (errorCode !== 0) continue
    const needed = [
      ...(reads.has(name) || internal.has(name) ? (['read'] as const) : []),
      ...(writes.has(name) || internal.has(name) ? (['write'] as const) : []),
      'describeConfigs' as const,
      ...(name.endsWith('-repartition') && internal.has(name) ? (['delete'] as const) : []),
    ]
    const lacking = needed.filter(operation => !may(field, operation)).map(aclName)
    if (lacking.length > 0)
      findings.push(
        wrong(`topic '${name}'`, `this user lacks ${lacking.join(', ')}`, `${lacking.join(', ')}: ${grant}`),
      )
  }
  const missing = topics.filter(({ errorCode }) => errorCode !== 0 && errorCode !== notAuthorised)
  if (missing.length > 0 && !may(operations, 'create'))
    findings.push(
      wrong('the cluster', `${missing.length} topics are missing, and this user may create none`, `CREATE: ${grant}`),
    )
  for (const { group, name } of graph.subtopologies) {
    if (!(await survey.mayUseGroup(group)))
      findings.push(wrong(`group '${group}'`, 'this user may not be a member of it', `READ: ${grant}`))
    const id = transactionalId(graph.definition.name, { subtopology: name, partition: 0 })
    if (!(await survey.mayUseTransactionalId(id)))
      findings.push(wrong(`transactional id '${id}'`, 'this user may not use it', `WRITE: ${grant}`))
  }
  return { said: `${names.length} topics, ${graph.subtopologies.length} groups and transactional ids`, findings }
}

function aclName(operation: string): string {
  return operation === 'describeConfigs' ? 'DESCRIBE_CONFIGS' : operation.toUpperCase()
}

/** The topics against what the topology wants, and their replicas. */
export async function checkTopics(survey: KafkaSurvey, compared: readonly TopicComparison[]) {
  const findings: Finding[] = []
  for (const { wanted, exists, differences } of compared) {
    if (!exists) findings.push(wrong(`topic '${wanted.name}'`, 'does not exist', "run 'millrace topics apply'"))
    for (const difference of differences) {
      const at = difference.indexOf(': ')
      findings.push(wrong(`topic '${wanted.name}'`, difference.slice(0, at), difference.slice(at + 2)))
    }
  }
  const names = compared.filter(({ exists }) => exists).map(({ wanted }) => wanted.name)
  const { nodes, topics } = await survey.placement(names)
  const effective = new Map(compared.map(({ wanted, effective }) => [wanted.name, effective]))
  for (const topic of topics) findings.push(...replicaFindings(topic, nodes.length, effective.get(topic.name) ?? {}))
  return { said: `${compared.length} topics`, findings: [...findings, ...compared.flatMap(retentionFindings)] }
}

type Placed = Awaited<ReturnType<KafkaSurvey['placement']>>['topics'][number]

/** Faults of a topic's replicas, beside the number that must have a write before it is acknowledged. */
export function replicaFindings(
  { name, partitions }: Placed,
  brokers: number,
  effective: Readonly<Record<string, string>>,
): readonly Finding[] {
  if (partitions.length === 0) return []
  const subject = `topic '${name}'`
  const findings: Finding[] = []
  const replicas = Math.min(...partitions.map(each => each.replicas.length))
  const needed = Number(effective['min.insync.replicas'] ?? 1)
  const leaderless = partitions.filter(({ leader }) => leader < 0)
  if (leaderless.length > 0)
    findings.push(
      wrong(
        subject,
        `nobody leads ${partitionList(leaderless)}`,
        'bring the brokers back that hold them: ops/runbooks/broker-lost.md',
      ),
    )
  const short = partitions.filter(({ inSync }) => inSync.length < needed)
  if (short.length > 0)
    findings.push(
      wrong(
        subject,
        `${partitionList(short)}: fewer replicas in sync than min.insync.replicas (${needed}), so writes are refused`,
        'bring brokers back, or add replicas: ops/runbooks/broker-lost.md',
      ),
    )
  const behind = partitions.filter(({ inSync, replicas }) => inSync.length < replicas.length)
  if (behind.length > 0 && short.length === 0)
    findings.push(
      doubtful(subject, `${partitionList(behind)}: not all replicas are in sync`, 'see which broker is away, or slow'),
    )
  if (replicas < Math.min(3, brokers))
    findings.push(
      doubtful(
        subject,
        `has ${replicas} ${replicas === 1 ? 'replica' : 'replicas'} on ${brokers} brokers`,
        'reassign its partitions; for topics to come set MILLRACE_REPLICATION_FACTOR, or the default of the brokers',
      ),
    )
  if (needed === 1 && replicas > 1)
    findings.push(
      doubtful(
        subject,
        `min.insync.replicas is 1 with ${replicas} replicas: a write that one broker has is acknowledged, and lost with it`,
        `set it to ${replicas - 1}: 'millrace topics apply --alter' with MILLRACE_MIN_INSYNC_REPLICAS, or the topic's config`,
      ),
    )
  if (needed >= replicas && replicas > 1)
    findings.push(
      doubtful(
        subject,
        `min.insync.replicas is ${needed} with ${replicas} replicas: one broker away stops all writes`,
        `set it to ${replicas - 1}`,
      ),
    )
  return findings
}

function partitionList(partitions: readonly { readonly partition: number }[]): string {
  const ids = partitions.map(({ partition }) => partition)
  return `${ids.length === 1 ? 'partition' : 'partitions'} ${ids.slice(0, 8).join(', ')}${ids.length > 8 ? ' ...' : ''}`
}

const dayMs = 86_400_000

/** Records that a broker deletes before anybody may have read them, after an outage. */
function retentionFindings({ wanted, exists, effective }: TopicComparison): readonly Finding[] {
  if (!exists || !(effective['cleanup.policy'] ?? 'delete').includes('delete')) return []
  const retentionMs = Number(effective['retention.ms'] ?? -1)
  const bytes = Number(effective['retention.bytes'] ?? -1)
  const findings: Finding[] = []
  const subject = `topic '${wanted.name}'`
  if (retentionMs >= 0 && retentionMs < dayMs)
    findings.push(
      doubtful(
        subject,
        `keeps records for ${retentionMs} ms by their own time: an outage of that length, or old records, lose some unread`,
        "raise its retention.ms ('-1' for ever), then 'millrace topics apply --alter'",
      ),
    )
  if (bytes >= 0 && bytes < 64 * 1024 * 1024)
    findings.push(doubtful(subject, `keeps ${bytes} bytes a partition`, 'raise its retention.bytes, or unset it'))
  return findings
}
