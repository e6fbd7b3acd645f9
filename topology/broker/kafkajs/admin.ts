import { RetriableError, TopologyError } from '../../definition/errors.ts'
import {
  type BrokerAdmin,
  type CommittedOffset,
  type GroupDescription,
  type GroupOffset,
  partitionKey,
  type TopicDescription,
  type TopicPartition,
  type TopicSpec,
} from '../port.ts'
import { brokerError } from './broker-error.ts'
import type { Cluster } from './cluster.ts'
import { Coordinator } from './coordinator.ts'
import { decodeAssignment, decodeSubscription } from './group-protocol.ts'
import { retryFor } from './patience.ts'
import { isLeaderMoved, kafka } from './protocol/error-code.ts'
import { describeGroupsRequest, listGroupsRequest } from './protocol/group.ts'
import type { NodeAddress, TopicMetadata } from './protocol/metadata.ts'
import { listOffsetsRequest, logEnd, logStart, offsetCommitRequest, offsetFetchRequest } from './protocol/offsets.ts'
import {
  alterConfigsRequest,
  createPartitionsRequest,
  createTopicsRequest,
  deleteRecordsRequest,
  deleteTopicsRequest,
  describeConfigsRequest,
  type TopicError,
} from './protocol/topics.ts'

/** A pending transactional offset settles within its transaction's timeout, and a small cluster elects hundreds of leaders. */
const settleForMs = 60_000

/** Topics, offsets and groups, read and changed over the shared connections. Every call is retried for a bounded time. */
export class KafkaAdmin implements BrokerAdmin {
  readonly #cluster: Cluster
  readonly #retryForMs: number
  readonly #replicationFactor: number
  readonly #topicDefaults: Readonly<Record<string, string>>

  /**
   * @param replicationFactor of topics created; -1 is the cluster's default.
   * @param topicDefaults settings of topics created that do not set them themselves.
   */
  constructor(
    cluster: Cluster,
    retryForMs: number,
    replicationFactor: number,
    topicDefaults: Readonly<Record<string, string>>,
  ) {
    this.#topicDefaults = topicDefaults
    this.#cluster = cluster
    this.#retryForMs = retryForMs
    this.#replicationFactor = replicationFactor
  }

  async createTopics(topics: readonly TopicSpec[]): Promise<void> {
    if (topics.length === 0) return
    await this.#retry(async () => {
      const made = topics.map(topic => ({ ...topic, config: { ...this.#topicDefaults, ...topic.config } }))
      const request = createTopicsRequest(made, this.#replicationFactor, this.#cluster.context.requestTimeoutMs)
      await this.#atController(request, kafka.TOPIC_ALREADY_EXISTS)
    })
    // A topic that was just created has no leaders yet, and a node may not know about it.
    const wanted = new Set(topics.map(topic => topic.name))
    const created = await this.#untilSettled(async () => {
      const metadata = await this.#cluster.refresh([...wanted])
      const ready = metadata.topics.filter(topic => topic.errorCode === 0 && topic.partitions.every(isLed))
      const missing = [...wanted].find(name => !ready.some(topic => topic.name === name))
      if (missing === undefined) return ready
      throw new RetriableError('BROKER_UNAVAILABLE', `the topic has no leaders yet, topic '${missing}': wait for them`)
    })
    // A leader that metadata names may not be ready: it is when it answers for its partitions.
    const all = created.flatMap(({ name, partitions }) =>
      partitions.map(({ partition }) => ({ topic: name, partition })),
    )
    await this.#untilSettled(() => this.listOffsets(all, 'latest'))
  }

  async describeTopics(names?: readonly string[]): Promise<readonly TopicDescription[]> {
    return this.#retry(async () => {
      const metadata = await this.#cluster.refresh(names ?? null)
      const found = metadata.topics.filter(topic => {
        if (topic.errorCode === kafka.UNKNOWN_TOPIC_OR_PARTITION) return false
        if (topic.errorCode !== 0) throw brokerError(topic.errorCode, 'Metadata', `topic '${topic.name}'`)
        return names !== undefined || !topic.internal
      })
      if (found.length === 0) return []
      const configs = await this.#cluster.askAny(describeConfigsRequest(found.map(topic => topic.name)))
      const byName = new Map(configs.map(config => [config.name, config]))
      return found.flatMap(({ name, partitions }) => {
        const config = byName.get(name)
        // Deleted between the two questions.
        if (config === undefined || config.errorCode === kafka.UNKNOWN_TOPIC_OR_PARTITION) return []
        if (config.errorCode !== 0) throw topicError(config, 'DescribeConfigs')
        return [{ name, partitions: partitions.length, config: config.config, effective: config.effective }]
      })
    })
  }

  async deleteTopics(names: readonly string[]): Promise<void> {
    if (names.length === 0) return
    await this.#retry(async () => {
      const request = deleteTopicsRequest(names, this.#cluster.context.requestTimeoutMs)
      await this.#atController(request, kafka.UNKNOWN_TOPIC_OR_PARTITION)
    })
  }

  async growTopics(topics: readonly Pick<TopicSpec, 'name' | 'partitions'>[]): Promise<void> {
    if (topics.length === 0) return
    await this.#retry(async () => {
      const known = new Map((await this.describeTopics(topics.map(({ name }) => name))).map(spec => [spec.name, spec]))
      const grown = topics.filter(({ name, partitions }) => (known.get(name)?.partitions ?? 0) < partitions)
      if (grown.length === 0) return
      const request = createPartitionsRequest(grown, this.#cluster.context.requestTimeoutMs)
      await this.#atController(request, kafka.NONE)
    })
  }

  async alterTopics(topics: readonly Pick<TopicSpec, 'name' | 'config'>[]): Promise<void> {
    if (topics.length === 0) return
    await this.#retry(() => this.#atController(alterConfigsRequest(topics), kafka.NONE))
  }

  async deleteRecords(before: readonly (TopicPartition & { readonly offset: number })[]): Promise<void> {
    await this.#retry(async () => {
      const groups = await this.#cluster.groupByLeader(before)
      const asked = Array.from(groups, async ([leader, theirs]) => {
        const connection = await this.#cluster.shared.to(leader)
        return connection.send(deleteRecordsRequest(theirs, this.#cluster.context.requestTimeoutMs))
      })
      for (const { topic, partition, errorCode } of (await Promise.all(asked)).flat()) {
        if (isLeaderMoved(errorCode)) this.#cluster.forgetLeader({ topic, partition })
        // The log begins later already.
        if (errorCode !== kafka.NONE && errorCode !== kafka.OFFSET_OUT_OF_RANGE)
          throw brokerError(errorCode, 'DeleteRecords', `topic '${topic}' partition ${partition}`)
      }
    })
  }

  async listOffsets(
    partitions: readonly TopicPartition[],
    at: 'earliest' | 'committed' | 'latest' | { readonly timestamp: number },
  ): Promise<readonly number[]> {
    const found = new Map<string, number>()
    if (partitions.length === 0) return []
    const timestamp = at === 'earliest' ? logStart : typeof at === 'string' ? logEnd : at.timestamp
    await this.#listInto(found, partitions, timestamp, at === 'committed')
    // No record has such a late timestamp: the answer is the end.
    const late = partitions.filter(({ topic, partition }) => found.get(partitionKey(topic, partition)) === -1)
    if (late.length > 0) await this.#listInto(found, late, logEnd, false)
    return partitions.map(({ topic, partition }) => found.get(partitionKey(topic, partition))!)
  }

  async committedOffsets(
    group: string,
    partitions: readonly TopicPartition[],
  ): Promise<readonly (CommittedOffset | undefined)[]> {
    if (partitions.length === 0) return []
    return this.#untilSettled(async () => {
      const coordinator = this.#coordinator(group)
      await this.#cluster.coordinatorFromMost('group', group)
      // Stable offsets only: an answer waits until no transaction holds one pending (KIP-447).
      const { errorCode, offsets } = await coordinator.send(offsetFetchRequest(group, partitions, true))
      coordinator.check(errorCode, 'OffsetFetch')
      const found = new Map<string, CommittedOffset>()
      for (const { topic, partition, errorCode, offset, metadata } of offsets) {
        coordinator.check(errorCode, 'OffsetFetch')
        if (offset >= 0) found.set(partitionKey(topic, partition), { offset, metadata })
      }
      return partitions.map(({ topic, partition }) => found.get(partitionKey(topic, partition)))
    })
  }

  async commitOffsets(group: string, offsets: readonly GroupOffset[]): Promise<void> {
    if (offsets.length === 0) return
    await this.#retry(async () => {
      const coordinator = this.#coordinator(group)
      const answers = await coordinator.send(offsetCommitRequest(group, offsets))
      for (const { errorCode } of answers) coordinator.check(errorCode, 'OffsetCommit')
    })
  }

  async listGroups(): Promise<readonly string[]> {
    return this.#retry(async () => {
      await this.#cluster.refresh([])
      const listed = await Promise.all(this.#cluster.nodes().map(node => this.#listGroupsOf(node)))
      return [...new Set(listed.flat())].sort()
    })
  }

  async describeGroups(groups: readonly string[]): Promise<readonly GroupDescription[]> {
    return Promise.all(groups.map(group => this.#retry(() => this.#describeGroup(group))))
  }

  async #describeGroup(group: string): Promise<GroupDescription> {
    const coordinator = this.#coordinator(group)
    const connection = await coordinator.connection()
    const [found] = await connection.send(describeGroupsRequest([group]))
    if (found === undefined || found.errorCode === kafka.GROUP_ID_NOT_FOUND)
      return { group, state: 'Dead', members: [] }
    coordinator.check(found.errorCode, 'DescribeGroups')
    const { state } = found
    const members = found.members.map(({ metadata, assignment, ...member }) => ({
      ...member,
      // Members that are joining have neither yet; those of other libraries have other data in them, or none.
      userData: metadata.length === 0 ? '' : decodeSubscription(metadata),
      assignment: decodeAssignment(assignment),
    }))
    return { group, state, members }
  }

  async #listGroupsOf(node: NodeAddress): Promise<readonly string[]> {
    const connection = await this.#cluster.shared.to(node)
    const { errorCode, groups } = await connection.send(listGroupsRequest())
    if (errorCode !== 0) throw brokerError(errorCode, 'ListGroups', `broker ${node.host}:${node.port}`)
    return groups
  }

  async #listInto(
    found: Map<string, number>,
    partitions: readonly TopicPartition[],
    timestamp: number,
    readCommitted: boolean,
  ): Promise<void> {
    await this.#retry(async () => {
      // An end that a deposed leader tells is an end of the past: a restore would stop too early, or a table seem to be ahead.
      await this.#cluster.refreshFromMost([...new Set(partitions.map(({ topic }) => topic))])
      const groups = await this.#cluster.groupByLeader(partitions)
      const answers = await Promise.all(
        Array.from(groups, async ([leader, asked]) => {
          const connection = await this.#cluster.shared.to(leader).catch(error => {
            for (const partition of asked) this.#cluster.forgetLeader(partition)
            throw error
          })
          const known = asked.map(each => ({ ...each, leaderEpoch: this.#cluster.leaderEpochOf(each) }))
          return connection.send(listOffsetsRequest(known, timestamp, readCommitted))
        }),
      )
      for (const { topic, partition, errorCode, offset } of answers.flat()) {
        if (isLeaderMoved(errorCode)) this.#cluster.forgetLeader({ topic, partition })
        if (errorCode !== 0) throw brokerError(errorCode, 'ListOffsets', `topic '${topic}' partition ${partition}`)
        found.set(partitionKey(topic, partition), offset)
      }
    })
  }

  async #atController(request: ReturnType<typeof createTopicsRequest>, harmless: number): Promise<void> {
    const { controller } = await this.#cluster.refresh([])
    const node = this.#cluster.nodes().find(each => each.id === controller)
    const answers = node
      ? await this.#cluster.shared.to(node).then(connection => connection.send(request))
      : await this.#cluster.askAny(request)
    for (const answer of answers) {
      if (answer.errorCode !== 0 && answer.errorCode !== harmless) throw topicError(answer, request.api)
    }
  }

  #coordinator(group: string): Coordinator {
    return new Coordinator(this.#cluster, this.#cluster.shared, 'group', group)
  }

  #retry<T>(attempt: () => Promise<T>): Promise<T> {
    return retryFor(this.#cluster.context.clock, this.#retryForMs, attempt)
  }

  #untilSettled<T>(attempt: () => Promise<T>): Promise<T> {
    return retryFor(this.#cluster.context.clock, Math.max(settleForMs, this.#retryForMs), attempt)
  }
}

function isLed({ errorCode, leader }: TopicMetadata['partitions'][number]): boolean {
  return errorCode === 0 && leader >= 0
}

/** INVALID_PARTITIONS, INVALID_REPLICATION_FACTOR, INVALID_CONFIG, POLICY_VIOLATION, INVALID_TOPIC_EXCEPTION. */
const misdeclared = new Set([37, 38, 40, 44, 17])

function topicError({ name, errorCode, message }: TopicError, api: string): Error {
  if (!misdeclared.has(errorCode)) return brokerError(errorCode, api, `topic '${name}'`)
  return new TopologyError(
    'CONFIG_INVALID',
    `the broker refused ${api}, topic '${name}', ${message ?? `error code ${errorCode}`}: change its declaration`,
    { context: { topic: name, kafkaError: errorCode } },
  )
}
