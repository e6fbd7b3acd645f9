import type { Serde } from '../../definition/serde.ts'
import { nullable } from '../../definition/serdes/nullable.ts'
import { string, timeSerde } from '../../definition/serdes/primitives.ts'
import { tupleSerde } from '../../definition/serdes/tuple-serde.ts'
import { keyValueStore, rawTable } from '../../definition/stores/key-value.ts'
import { formatOf, single, tuple } from '../../definition/stores/layout.ts'
import { isAbsent } from '../change.ts'
import { optionalSerde } from '../internal-serdes.ts'
import { requireSerde } from '../plan.ts'
import { type OldValues, requireLookup, requireOldValues, type TableStage } from '../stage.ts'
import { operatorStore } from '../tables/table-nodes.ts'
import { storeLookup } from '../tables/table-source.ts'
import type { Made } from '../tables/table-without-serde.ts'
import {
  answerSubscribers,
  joinResponse,
  type Response,
  receiveSubscription,
  type Subscriber,
  type Subscription,
  type Subscriptions,
  subscribe,
} from './foreign-key-join.ts'
import type { Joiner } from './table-join.ts'

/**
 * The options of a foreign-key join, besides the joiner: `name` is that of its internal topics and of its store of
 * subscriptions, `<name>-subscriptions`; `on` gives the other table's key in a value, null for none.
 */
export interface ForeignKeyOptions<K, V, K2> {
  readonly name: string
  on(value: NonNullable<V>, key: K): K2 | null
}

/** Adds the two internal topics, the store of subscriptions and the four nodes of a foreign-key join. */
export function addForeignKeyJoin<K, V, K2, V2, R>(
  kind: 'inner' | 'left',
  left: TableStage<K, V>,
  right: TableStage<K2, V2>,
  options: ForeignKeyOptions<K, V, K2> & Partial<Made<R>>,
  joiner: Joiner,
): TableStage<K, R | null> {
  const { plan } = left
  const { name } = options
  const [leftLookup, rightLookup] = [requireLookup(left, name), requireLookup(right, name)]
  requireOldValues(left, name)
  const primaryKey = requireSerde<unknown>(left.key, 'key', name, left.node)
  const leftValue = requireSerde<unknown>(left.value, 'value', name, left.node)
  const foreignKey = requireSerde<unknown>(right.key, 'key', name, right.node)
  const rightValue = requireSerde<unknown>(right.value, 'value', name, right.node)
  const keys = single('key', foreignKey)
  const values = formatOf('value', leftValue)
  const subscriptions = subscriptionStore(`${name}-subscriptions`, foreignKey, primaryKey)
  const [subscriptionTopic, responseTopic] = [`${name}-subscription`, `${name}-response`]
  plan.builder.addStore(subscriptions)

  const on = options.on as (value: unknown, key: unknown) => unknown
  const subscriber = plan.process({
    name: `${name}/subscribe`,
    operator: 'foreign-key-subscribe',
    parents: [left.node],
    functions: [on],
    create: subscribe({
      kind,
      foreignKey: on,
      keys,
      values,
      versioned: left.versioned,
    }),
  })
  plan.repartition(subscriptionTopic, {
    parents: [subscriber],
    key: nullable(foreignKey),
    value: subscriptionSerde(primaryKey),
  })
  const answers = [
    plan.process({
      name: `${name}/subscriptions`,
      operator: 'foreign-key-subscriptions',
      parents: [subscriptionTopic],
      stores: [subscriptions.name, ...rightLookup.stores],
      prefetch: record => (isAbsent(record.key) ? {} : rightLookup.prefetch(record.key)),
      create: receiveSubscription(subscriptions, rightLookup),
    }),
    plan.process({
      name: `${name}/answer`,
      operator: 'foreign-key-answer',
      parents: [right.node],
      stores: [subscriptions.name],
      create: answerSubscribers(subscriptions, keys, right.versioned),
    }),
  ]
  plan.repartition(responseTopic, {
    parents: answers,
    key: primaryKey,
    value: responseSerde(rightValue),
    partition: record => (record.value as Response).partition,
  })
  const store = options.store === undefined ? undefined : resultStore(options.store, primaryKey, options.value)
  if (store) plan.builder.addStore(store)
  const old: OldValues = { wanted: false }
  plan.process({
    name,
    operator: 'foreign-key-join',
    parents: [responseTopic],
    stores: [...leftLookup.stores, ...(store ? [store.name] : [])],
    functions: [joiner],
    prefetch: record => leftLookup.prefetch(record.key),
    create: joinResponse({ kind, joiner, left: leftLookup, values, store, old }),
  })
  return {
    plan,
    node: name,
    key: left.key,
    value: options.value,
    lookup: store && storeLookup(store),
    versioned: false,
    sendOldValues() {
      old.wanted = store !== undefined
      return old.wanted
    },
  }

  function resultStore(storeName: string, key: Serde<unknown>, value: Serde<unknown> | undefined) {
    return operatorStore(storeName, key, requireSerde(value, 'value', storeName, name))
  }
}

function subscriptionStore(name: string, foreignKey: Serde<unknown>, primaryKey: Serde<unknown>): Subscriptions {
  const key = tuple([
    ['foreignKey', foreignKey],
    ['primaryKey', primaryKey],
  ])
  const value = tuple([
    ['digest', string],
    ['subscriber_partition', timeSerde],
  ])
  return rawTable(
    keyValueStore<Subscriber, Pick<Subscription, 'digest' | 'partition'>>(name, {
      key: {
        columns: key.columns,
        serde: tupleSerde([
          ['fk', foreignKey],
          ['pk', primaryKey],
        ]).mapped<Subscriber>(
          at => [at.foreignKey, at.primaryKey],
          ([foreignKey, primaryKey]) => ({ foreignKey, primaryKey }),
        ),
        split: at => [at.foreignKey, at.primaryKey],
        join: ([foreignKey, primaryKey]) => ({ foreignKey, primaryKey }),
      },
      value: {
        columns: value.columns,
        serde: tupleSerde([
          ['digest', string],
          ['partition', timeSerde],
        ]).mapped(
          held => [held.digest, held.partition],
          ([digest, partition]) => ({ digest: digest as string, partition: partition as number }),
        ),
        split: held => [held.digest, held.partition],
        join: ([digest, partition]) => ({ digest: digest as string, partition: partition as number }),
      },
    }),
  )
}

/** Wire form: a tuple of primary key, digest, instruction and partition. */
function subscriptionSerde(primaryKey: Serde<unknown>): Serde<unknown> {
  return tupleSerde([
    ['pk', primaryKey],
    ['digest', string],
    ['instruction', string],
    ['partition', timeSerde],
  ]).mapped<unknown>(
    value => {
      const { primaryKey, digest, instruction, partition } = value as Subscription
      return [primaryKey, digest, instruction, partition]
    },
    ([primaryKey, digest, instruction, partition]) => ({ primaryKey, digest, instruction, partition }),
  )
}

/** Wire form: a tuple of digest, the right value or nothing, and partition. */
function responseSerde(rightValue: Serde<unknown>): Serde<unknown> {
  return tupleSerde([
    ['digest', string],
    [undefined, optionalSerde(rightValue)],
    ['partition', timeSerde],
  ]).mapped<unknown>(
    response => {
      const { digest, value, partition } = response as Response
      return [digest, value, partition]
    },
    ([digest, value, partition]) => ({ digest, value, partition }),
  )
}
