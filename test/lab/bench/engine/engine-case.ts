import {
  bytes,
  int64,
  string,
  type TopologyDefinition,
  topic,
  topology,
  tumbling,
  windowed,
} from '../../../../topology/index.ts'

/** The cases of the engine bench. `count`: one update a key in each commit; `count-each`: one for each record. */
export const engineCases = ['count', 'count-each', 'window', 'table', 'join'] as const

/** One case of the engine bench. */
export type EngineCase = (typeof engineCases)[number]

export const partitions = 4

/** The topics that a case reads: each record of `input` (and of `input2`) is one that is counted. */
export function inputsOf(name: EngineCase): readonly string[] {
  if (name === 'table') return ['table-in', 'input']
  return name === 'join' ? ['input', 'input2'] : ['input']
}

/** The topology of a case, as a user of the library would write it. */
export function engineTopology(name: EngineCase): TopologyDefinition {
  return topology('engine-bench', t => {
    const plain = (topicName: string) => topic(topicName, { key: string, value: bytes, partitions })
    const input = t.stream(plain('input'))
    const updates = name === 'count-each' ? 'each' : 'per-commit'
    switch (name) {
      case 'count':
      case 'count-each':
        return input
          .groupByKey()
          .count('counts', { updates })
          .toStream()
          .to(topic('output', { key: string, value: int64, partitions }))
      case 'window':
        return input
          .groupByKey()
          .windowed(tumbling('1m', { grace: '5s', retention: '1d' }))
          .count('counts', { updates })
          .toStream()
          .to(topic('output', { key: windowed(string), value: int64, partitions }))
      case 'table':
        return input.joinTable(t.table(plain('table-in'), 'table'), joined).to(plain('output'))
      case 'join':
        return input
          .join(t.stream(plain('input2')), { name: 'join', within: '10s', grace: '5s' }, joined)
          .to(plain('output'))
    }
  })
}

function joined(left: Uint8Array, right: Uint8Array): Uint8Array {
  return Buffer.concat([left, right])
}
