import * as assert from 'uvu/assert'
import { checkSchema } from '../../../schemas/check.ts'
import { memoryRegistry } from '../../../schemas/registry/memory.ts'
import {
  avro,
  buildGraph,
  type Serde,
  type SerdeBinding,
  string,
  subjectOf,
  type TopologyGraph,
  topic,
  topology,
} from '../../../topology/index.ts'
import { bindCodecs } from '../../../topology/runtime/codecs.ts'
import { registerSchemas, schemasOf } from '../../../topology/runtime/register-schemas.ts'
import { formats } from '../../library/matrix/formats.ts'
import { declareOperators, inputTopics, operators } from '../../library/matrix/operators.ts'
import { suite } from '../../support/suite.ts'

const [avroFormat] = formats

/** A topology `app` with one operator, whose keys and values are all Avro records. */
function graphOf(name: string): TopologyGraph {
  const only = operators.filter(operator => operator.name === name)
  return buildGraph(
    topology('app', t => {
      declareOperators(t, inputTopics(avroFormat!, ''), avroFormat!, '', only)
    }),
  )
}

/** The subjects that an operator adds to those of its inputs and output. Shape: `{ 'app-x-changelog-key': 'matrix.Id' }`. */
async function internalSubjects(name: string): Promise<Record<string, string>> {
  const found = await schemasOf(graphOf(name))
  const own = found.filter(({ subject }) => subject.startsWith('app-'))
  return Object.fromEntries(
    own.map(({ subject, schema }) => [
      subject.replace(`app-avro-${name}`, ''),
      String((schema as { name?: unknown }).name).replace('matrix.', ''),
    ]),
  )
}

suite('schemas of a topology', test => {
  for (const { name } of operators)
    test(`all that a worker looks up are registered: ${name}`, async () => {
      const graph = graphOf(name)
      const registry = memoryRegistry()
      await registerSchemas(graph, registry)
      assert.is((await bindCodecs(graph, registry)).topics.size, graph.topics.size)
      const subjects = (await schemasOf(graph)).map(({ subject }) => subject)
      assert.is(new Set(subjects).size, subjects.length, 'two schemas under one subject')
    })

  const composite: [operator: string, subjects: Record<string, string>][] = [
    [
      'join',
      {
        '-left-changelog-key': 'Id',
        '-left-changelog-value': 'Amount',
        '-right-changelog-key': 'Id',
        '-right-changelog-value': 'Label',
      },
    ],
    [
      'leftJoin',
      {
        '-left-changelog-key': 'Id',
        '-left-changelog-value': 'Amount',
        '-right-changelog-key': 'Id',
        '-right-changelog-value': 'Label',
        '-left-unmatched-changelog-key-key': 'Id',
        '-left-unmatched-changelog-value': 'Amount',
      },
    ],
    [
      'joinForeignKey',
      {
        '-left-kept-changelog-key': 'Id',
        '-left-kept-changelog-value': 'Amount',
        '-groups-kept-changelog-key': 'Group',
        '-groups-kept-changelog-value': 'Label',
        '-subscription-repartition-key': 'Group',
        '-subscription-repartition-pk-value': 'Id',
        '-subscriptions-changelog-fk-key': 'Group',
        '-subscriptions-changelog-pk-key': 'Id',
        '-response-repartition-key': 'Id',
        '-response-repartition-value': 'Label',
        '-joined-changelog-key': 'Id',
        '-joined-changelog-value': 'Text',
      },
    ],
    [
      'table-groupBy-aggregate',
      {
        '-left-kept-changelog-key': 'Id',
        '-left-kept-changelog-value': 'Amount',
        '-by-group-repartition-key': 'Group',
        '-by-group-repartition-value': 'Amount',
        '-changelog-key': 'Group',
        '-changelog-value': 'Text',
      },
    ],
    [
      'suppress',
      {
        '-left-kept-changelog-key': 'Id',
        '-left-kept-changelog-value': 'Amount',
        '-held-changelog-key-key': 'Id',
        '-held-changelog-value': 'Amount',
        '-held-times-changelog-key': 'Id',
      },
    ],
    ['windowed-tumbling', { '-changelog-key': 'Id', '-changelog-value': 'Text' }],
    [
      'joinTable-buffered',
      {
        '-versions-changelog-key': 'Id',
        '-versions-changelog-value': 'Label',
        '-waiting-changelog-key-key': 'Id',
        '-waiting-changelog-value': 'Amount',
      },
    ],
  ]
  for (const [name, subjects] of composite)
    test(`each schema within a composite key or value has a subject: ${name}`, async () => {
      const found = await internalSubjects(name)
      for (const [subject, schema] of Object.entries(subjects)) assert.is(found[subject], schema, subject)
      const clocks = Object.keys(found).filter(subject => !(subject in subjects))
      assert.equal(clocks, [], 'others')
    })

  test('plain topics keep their subjects: topic name and part', async () => {
    const order = avro({ type: 'record', name: 'Order', fields: [{ name: 'id', type: 'string' }] })
    const orders = topic('orders', { key: order, value: order })
    const found = await schemasOf(
      buildGraph(topology('app', t => t.stream(orders).to(topic('copies', { key: order, value: order })))),
    )
    assert.equal(
      found.map(({ subject }) => subject),
      ['orders-key', 'orders-value', 'copies-key', 'copies-value'],
    )
    assert.is(subjectOf({ topic: 'orders', part: 'value' }), 'orders-value')
  })

  test("keys of state are those that 'schemas check' holds to their bytes, within a composite key too", async () => {
    const found = await schemasOf(graphOf('joinForeignKey'))
    assert.equal(
      found
        .filter(({ keyOfState }) => keyOfState)
        .map(({ subject }) => subject.replace('app-avro-joinForeignKey-', '')),
      [
        'left-kept-changelog-key',
        'groups-kept-changelog-key',
        'subscriptions-changelog-fk-key',
        'subscriptions-changelog-pk-key',
        'joined-changelog-key',
      ],
    )
    const registry = memoryRegistry()
    for (const schema of found) await registry.register(schema.subject, schema.schema)
    const primary = found.find(({ subject }) => subject.endsWith('subscriptions-changelog-pk-key'))!
    const longer = {
      ...(primary.schema as object),
      fields: [
        { name: 'id', type: 'string' },
        { name: 'more', type: 'string', default: '' },
      ],
    }
    const verdict = await checkSchema({ ...primary, schema: { type: 'record', ...longer } }, registry)
    assert.match(verdict.problems.join('\n'), /rows under old keys would not be found/)
  })

  test('a serde of users that asks the registry by itself has its schemas found', async () => {
    const schema = { type: 'record', name: 'Own', fields: [] }
    const asked: (number | undefined)[] = []
    const own: Serde<string> = {
      ...string,
      name: 'own',
      async bind(binding: SerdeBinding) {
        asked.push(await binding.registry?.idOf(subjectOf(binding), schema))
        return string.bind(binding)
      },
    }
    const graph = buildGraph(
      topology('app', t =>
        t.stream(topic('a', { key: string, value: own })).to(topic('b', { key: string, value: string })),
      ),
    )
    assert.equal(await schemasOf(graph), [{ subject: 'a-value', schema, keyOfState: false }])
    const registry = memoryRegistry()
    await registerSchemas(graph, registry)
    await bindCodecs(graph, registry)
    assert.equal(asked, [1, 1, 1])
  })
})
