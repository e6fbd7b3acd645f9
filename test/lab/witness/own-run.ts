import { parseExecutionConfig } from '../../../processors/domain/execution/execution-config.ts'
import { parseLimits } from '../../../processors/domain/risk/limits.ts'
import { topics, type tradesApproved } from '../../../processors/topics.ts'
import { trading } from '../../../processors/trading.ts'
import type { AnyTopic, SchemaRegistry } from '../../../topology/index.ts'
import { type DeadLetter, testDriver } from '../../../topology/testing.ts'
import { comparedTopics, type Outputs } from './outputs.ts'
import type { RunSettings } from './run-settings.ts'
import type { AnyEvent, Step } from './step.ts'

/** The pipeline of this repository over the steps, in the test driver. */
export async function ownRun(
  steps: readonly Step[],
  settings: RunSettings,
  registry: SchemaRegistry,
): Promise<Outputs> {
  const topology = trading({
    limits: parseLimits(settings.limits),
    execution: parseExecutionConfig(settings.execution),
  })
  const driver = await testDriver(topology, { registry })
  const byName = new Map<string, AnyTopic>(topics.map(topic => [topic.name, topic]))
  const events = new Map<string, AnyEvent[]>(comparedTopics.map(({ name }) => [name, []]))
  const deadLetters: string[] = []
  try {
    for (const step of steps) {
      if (step === 'pause') for (let look = 0; look < 2; look++) await driver.advanceWallClock('1m')
      else await driver.pipe(byName.get(step.topic)!, step.key, step.event, { at: step.event.occurredAt })
    }
    for (const topic of comparedTopics)
      events
        .get(topic.name)!
        .push(...driver.readRecords(topic as typeof tradesApproved).map(({ value }) => value as AnyEvent))
    deadLetters.push(...driver.deadLetters().map(letterText))
  } finally {
    driver.close()
  }
  return { events, deadLetters }
}

/** The topic, key and time of a record that failed, and the code of its reason. */
function letterText({ topic, key, timestamp, headers }: DeadLetter): string {
  const code = /^[A-Z_]+/.exec(headers['millrace.dlq.error.message'] ?? '')?.[0]
  return `${topic.replace(/\.dlq$/, '')} ${Buffer.from(key ?? []).toString()} ${timestamp} ${code}`
}
