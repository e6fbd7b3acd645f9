import { fileURLToPath } from 'node:url'
import * as assert from 'uvu/assert'
import { topologyDifferences } from '../../../topology/definition/equality.ts'
import { int64, string } from '../../../topology/definition/serdes/primitives.ts'
import { topic } from '../../../topology/definition/topic.ts'
import { topology } from '../../../topology/dsl/topology.ts'
import { readYaml } from '../../../topology/yaml/load.ts'
import { suite } from '../../support/suite.ts'
import { isLarge } from './parts/orders.ts'

const path = fileURLToPath(new URL('orders.yaml', import.meta.url))
const options = { serdes: { string, int64 }, avro: () => string }
const read = (text: string) => readYaml(path, text, options)

async function problems(text: string): Promise<readonly string[]> {
  const message = await read(text).then(
    () => '',
    error => (error as Error).message,
  )
  return message
    .split('\n  ')
    .slice(1)
    .map(line => line.replace(`${path}:`, ''))
}

suite('anchors of yaml', test => {
  test('a merge key brings the fields of one mapping or several; own ones and earlier ones come first', async () => {
    const definition = await read(`
topology: app
functions: ./parts/orders.ts
x-shared:
  texts: &texts { key: string, value: string }
  narrow: &narrow { partitions: 2, offset-reset: latest }
  strict: &strict { then: stop, retry: 3 }
  steps: &steps
    - filter: isLarge
topics:
  lines: { <<: *texts, partitions: 6 }
  large: { <<: [*narrow, *texts, { partitions: 9 }] }
  counts: { <<: *texts, value: int64 }
streams:
  one:
    from: lines
    steps:
      - on-error: { <<: *strict, retry: 5 }
      - filter: isLarge
      - to: large
  two: { from: lines, steps: *steps }
  three: { from-stream: two, steps: [to: large] }
`)
    const byName = new Map(definition.topics.map(each => [each.name, each]))
    assert.is(byName.get('lines')?.partitions, 6)
    assert.is(byName.get('large')?.partitions, 2)
    assert.is(byName.get('large')?.offsetReset, 'latest')
    assert.is(byName.get('counts')?.value, int64)
    const policies = definition.nodes.flatMap(node => ('failure' in node && node.failure ? [node.failure] : []))
    assert.ok(policies.length > 0 && policies.every(({ retry, then }) => retry?.attempts === 5 && then === 'stop'))
  })

  test('a mapping that says the same with anchors and without is the same topology', async () => {
    const yaml = `
topology: app
functions: ./parts/orders.ts
x-text: &text { key: string, value: string, partitions: 2 }
topics: { lines: *text, large: { <<: *text } }
streams: { s: { from: lines, subtopology: work, steps: [filter: isLarge, { through: large }, { to: lines }] } }
`
    const text = { key: string, value: string, partitions: 2 }
    const [lines, large] = [topic('lines', text), topic('large', text)]
    const same = topology('app', t => t.stream(lines, { subtopology: 'work' }).filter(isLarge).through(large).to(lines))
    assert.equal(topologyDifferences(await read(yaml), same), [])
  })

  test('what is no mapping cannot be merged, and what a merged mapping holds is checked at its own place', async () => {
    const found = await problems(`topology: app
x-wrong: &wrong { key: string, value: strng }
x-list: &list [1]
topics:
  one: { <<: *wrong }
  two: { key: string, value: string, <<: *list }
  three: { key: string, value: string, <<: text }
  four: { key: string, value: string, '<<': text }
y-other: 1
`)
    assert.equal(found, [
      "1:11 topology 'app' is empty: add a stream, a table or a processor",
      "2:39 value of topic 'one' 'strng' is not known; did you mean 'string'?",
      "3:16 '<<' of topic 'two' is '1': write a mapping",
      "7:44 '<<' of topic 'three' is 'text': write a mapping",
      "8:39 topic 'four' takes no '<<'; it takes key, value, partitions, config, timestamp, offset-reset, misplaced",
      "9:1 a topology file takes no 'y-other'; it takes topology, schemas, functions, topics, stores, processors, tables, global-tables, streams",
    ])
  })
})
