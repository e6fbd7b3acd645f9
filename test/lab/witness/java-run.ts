import { createReadStream } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { topics } from '../../../processors/topics.ts'
import type { AnyTopic, SchemaRegistry } from '../../../topology/index.ts'
import { type JavaProgram, javaProgram } from '../vectors/java-program.ts'
import { comparedTopics, type Outputs } from './outputs.ts'
import type { RunSettings } from './run-settings.ts'
import type { AnyEvent, Step } from './step.ts'

const streamsVersion = '4.1.0'
const quietMs = 60_000

/** The independent program. Errors: FatalError UNSUPPORTED without a JDK of version 17, Maven or the network. */
export function witnessProgram(): Promise<JavaProgram> {
  return javaProgram({
    asks: 'the witness in Kafka Streams',
    name: `kafka-streams-witness-${streamsVersion}`,
    artifacts: [
      { groupId: 'org.apache.kafka', artifactId: 'kafka-streams-test-utils', version: streamsVersion },
      { groupId: 'org.apache.avro', artifactId: 'avro', version: '1.12.1' },
      { groupId: 'org.yaml', artifactId: 'snakeyaml', version: '2.4' },
      { groupId: 'org.slf4j', artifactId: 'slf4j-nop', version: '1.7.36' },
    ],
    sources: fileURLToPath(new URL('java', import.meta.url)),
  })
}

/** The independent pipeline over the steps, in the test driver of Kafka Streams. The registry must know the schemas of all topics. */
export async function javaRun(
  program: JavaProgram,
  steps: readonly Step[],
  settings: RunSettings,
  registry: SchemaRegistry,
): Promise<Outputs> {
  const folder = await mkdtemp(join(program.folder, 'run-'))
  const file = (name: string) => join(folder, name)
  try {
    await writeFile(file('limits.yaml'), settings.limits)
    await writeFile(file('execution.yaml'), settings.execution)
    await writeFile(file('schemas.json'), JSON.stringify(await schemasOf(registry)))
    await writeSteps(file('steps'), steps, registry)
    const files = ['limits.yaml', 'execution.yaml', 'schemas.json', 'steps', 'outputs', 'state'].map(file)
    await program.run('WitnessDriver', files)
    return await readOutputs(file('outputs'), registry)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Shape: `{ 'trading.signals': { id: 3, schema: {...} } }`. */
async function schemasOf(registry: SchemaRegistry): Promise<object> {
  const found: Record<string, object> = {}
  for (const { name } of topics) {
    const schema = (await registry.versions(`${name}-value`)).at(-1)!
    found[name] = { id: await registry.idOf(`${name}-value`, schema), schema }
  }
  return found
}

async function writeSteps(path: string, steps: readonly Step[], registry: SchemaRegistry): Promise<void> {
  const encoders = new Map<string, (value: unknown) => Uint8Array>()
  for (const topic of topics as readonly AnyTopic[]) {
    const bound = await topic.value.bind({ topic: topic.name, part: 'value', registry })
    encoders.set(topic.name, value => bound.encode(value) as Uint8Array)
  }
  const lines = steps.map(step => {
    if (step === 'pause') return JSON.stringify({ settle: quietMs })
    const { topic, key, event } = step
    const value = Buffer.from(encoders.get(topic)!(event)).toString('base64')
    return JSON.stringify({ topic, key, value, at: event.occurredAt })
  })
  await writeFile(path, `${lines.join('\n')}\n`)
}

async function readOutputs(path: string, registry: SchemaRegistry): Promise<Outputs> {
  const events = new Map<string, AnyEvent[]>(comparedTopics.map(({ name }) => [name, []]))
  const deadLetters: string[] = []
  const decoders = new Map<string, (bytes: Uint8Array) => AnyEvent>()
  for (const topic of comparedTopics) {
    const bound = await topic.value.bind({ topic: topic.name, part: 'value', registry })
    decoders.set(topic.name, bytes => bound.decode(bytes) as AnyEvent)
  }
  for await (const line of createInterface({ input: createReadStream(path) })) {
    const { topic, value } = JSON.parse(line) as { readonly topic: string; readonly value: string }
    const bytes = Buffer.from(value, 'base64')
    if (topic === 'dead-letters') deadLetters.push(bytes.toString())
    else events.get(topic)?.push(decoders.get(topic)!(bytes))
  }
  return { events, deadLetters }
}
