import { TopologyError } from '../../definition/errors.ts'
import type {
  BrokerAdmin,
  CommittedOffset,
  GroupDescription,
  GroupOffset,
  TopicDescription,
  TopicPartition,
  TopicSpec,
} from '../port.ts'
import type { Cluster } from './cluster.ts'
import type { RequestLine } from './request-line.ts'

/** Topics, offsets and groups, asked and changed from outside. */
export class MemoryAdmin implements BrokerAdmin {
  readonly #cluster: Cluster
  readonly #line: RequestLine

  constructor(cluster: Cluster, line: RequestLine) {
    this.#cluster = cluster
    this.#line = line
  }

  createTopics(topics: readonly TopicSpec[]): Promise<void> {
    return this.#line.send('CreateTopics', topics.map(({ name }) => name).join(), () => {
      for (const topic of topics) this.#cluster.topics.create(topic)
    })
  }

  describeTopics(names?: readonly string[]): Promise<readonly TopicDescription[]> {
    return this.#line.send('Metadata', names?.join() ?? '', () => {
      const { topics } = this.#cluster
      const found = names ? names.flatMap(name => topics.find(name) ?? []) : topics.all()
      return found.map(({ name, partitions, config, effective }) => ({ name, partitions, config, effective }))
    })
  }

  alterTopics(topics: readonly Pick<TopicSpec, 'name' | 'config'>[]): Promise<void> {
    return this.#line.send('IncrementalAlterConfigs', topics.map(({ name }) => name).join(), () => {
      for (const { name, config } of topics) this.#cluster.topics.alter(name, config)
    })
  }

  deleteRecords(before: readonly (TopicPartition & { readonly offset: number })[]): Promise<void> {
    return this.#line.send('DeleteRecords', before.map(({ topic }) => topic).join(), () => {
      for (const { topic, partition, offset } of before) this.#cluster.topics.log(topic, partition).deleteBefore(offset)
    })
  }

  deleteTopics(names: readonly string[]): Promise<void> {
    return this.#line.send('DeleteTopics', names.join(), () => {
      for (const name of names) this.#cluster.topics.delete(name)
    })
  }

  growTopics(topics: readonly Pick<TopicSpec, 'name' | 'partitions'>[]): Promise<void> {
    return this.#line.send('CreatePartitions', topics.map(({ name }) => name).join(), () => {
      for (const { name, partitions } of topics) this.#cluster.topics.grow(name, partitions)
    })
  }

  listOffsets(
    partitions: readonly TopicPartition[],
    at: 'earliest' | 'committed' | 'latest' | { readonly timestamp: number },
  ): Promise<readonly number[]> {
    return this.#line.send('ListOffsets', partitions.map(({ topic }) => topic).join(), () =>
      partitions.map(({ topic, partition }) => {
        const log = this.#cluster.topics.log(topic, partition)
        if (typeof at === 'object') return log.offsetAt(at.timestamp)
        if (at === 'earliest') return log.start
        return at === 'committed' ? log.stableEnd : log.end
      }),
    )
  }

  committedOffsets(
    group: string,
    partitions: readonly TopicPartition[],
  ): Promise<readonly (CommittedOffset | undefined)[]> {
    return this.#line.send(
      'OffsetFetch',
      group,
      () => this.#cluster.groups.get(group)?.offsets.stable(partitions) ?? partitions.map(() => undefined),
    )
  }

  commitOffsets(group: string, offsets: readonly GroupOffset[]): Promise<void> {
    return this.#line.send('OffsetCommit', group, () => {
      const target = this.#cluster.group(group)
      if (target.memberCount > 0) {
        throw new TopologyError(
          'CONFIG_INVALID',
          `offsets of group '${group}' cannot be set while it has ${target.memberCount} members: stop its workers`,
          { context: { group, members: target.memberCount } },
        )
      }
      target.offsets.commit(offsets)
    })
  }

  describeGroups(groups: readonly string[]): Promise<readonly GroupDescription[]> {
    return this.#line.send('DescribeGroups', groups.join(), () =>
      groups.map(group => this.#cluster.groups.get(group)?.description ?? { group, state: 'Dead', members: [] }),
    )
  }

  /** Groups that have members or offsets. */
  listGroups(): Promise<readonly string[]> {
    return this.#line.send('ListGroups', '', () =>
      [...this.#cluster.groups.values()]
        .filter(({ memberCount, offsets }) => memberCount > 0 || offsets.size > 0)
        .map(({ id }) => id),
    )
  }
}
