import { Command } from 'commander'
import { registrationEvent } from '../../processors/domain/shared/registration.ts'
import { instruments } from '../../processors/settings.ts'
import { formatDecimal, RetriableError } from '../../topology/index.ts'
import {
  connectParts,
  deploy,
  type JsonFlag,
  jsonOption,
  type Parts,
  printJson,
  runOn,
  serversInUse,
  type Tailed,
  TopicTail,
} from '../commands.ts'
import { sampleApproval } from './smoke/sample-approval.ts'
import {
  instrumentRegistered,
  ordersFills,
  ordersPlaced,
  smokeGraph,
  smokeSchema,
  smokeSim,
  tradesApproved,
} from './smoke/smoke-topology.ts'
import { writeEvent } from './smoke/write-event.ts'

const waitMs = 20_000

/**
 * `smoke registration`: produces one registration and reads it back. `smoke execution`: injects an approved trade of
 * portfolio `smoke` and shows its placed order and its fills, which an execution-sim of its own makes. On the cluster that the
 * environment or `cluster up` names, on topics (`smoke.*`) and in a Postgres schema of its own: live books have nothing of it.
 */
export function smokeCommand(): Command {
  const command = new Command('smoke')
  command
    .command('registration')
    .description('produce one registration and read it back')
    .addOption(jsonOption())
    .action((flags: JsonFlag) => onCluster(parts => registration(parts, flags)))
  command
    .command('execution')
    .description('inject an approved trade, show its order and its fills')
    .addOption(jsonOption())
    .action((flags: JsonFlag) => onCluster(parts => execution(parts, flags)))
  return command
}

async function onCluster(work: (parts: Parts) => Promise<void>): Promise<void> {
  const { kafka, registry, postgres, schema } = await serversInUse('smoke', ['kafka', 'registry', 'postgres'])
  const servers = { kafka, registry, postgres, schema: smokeSchema(schema) }
  const parts = await connectParts({ ...servers, clientId: 'millrace-smoke' })
  try {
    await deploy(smokeGraph, parts)
    await work(parts)
  } finally {
    await parts.close()
  }
}

async function registration(parts: Parts, { json }: JsonFlag): Promise<void> {
  const event = registrationEvent(instruments[0]!, parts.clock.now(), 'smoke')
  const tail = await TopicTail.open([instrumentRegistered], parts.broker, parts.registry)
  await writeEvent(instrumentRegistered, event, parts)
  const [read] = await until(tail, parts, found =>
    found.filter(record => eventOf(record).occurredAt === event.occurredAt),
  )
  await tail.close()
  if (json) printJson({ wrote: recordJson(read!) })
  else console.log(`wrote and read back ${placeOf(read!)} key ${read!.key}\n${text(eventOf(read!).payload)}`)
}

async function execution(parts: Parts, { json }: JsonFlag): Promise<void> {
  const approval = sampleApproval(instruments[0]!, parts.clock.now())
  const { tradeId } = approval.payload
  const tail = await TopicTail.open([ordersPlaced, ordersFills], parts.broker, parts.registry)
  const app = await runOn(smokeGraph, parts, { processors: [smokeSim.name] })
  try {
    await writeEvent(tradesApproved, approval, parts)
    const found = await until(tail, parts, records => {
      const own = records.filter(record => eventOf(record).payload.tradeId === tradeId)
      return own.some(record => eventOf(record).payload.isTerminal === true) ? own : []
    })
    if (json) printJson({ records: found.map(recordJson) })
    else for (const record of found) console.log(`${placeOf(record)}\n${text(eventOf(record).payload)}`)
  } finally {
    await tail.close()
    await app.stop()
  }
}

/** Follows the tail until `done` gives records. Errors: RetriableError BROKER_UNAVAILABLE when nothing comes. */
async function until(
  tail: TopicTail,
  { clock }: Parts,
  done: (records: readonly Tailed[]) => readonly Tailed[],
): Promise<readonly Tailed[]> {
  const end = clock.now() + waitMs
  const records: Tailed[] = []
  while (clock.now() < end) {
    records.push(...(await tail.next()))
    const found = done(records)
    if (found.length > 0) return found
  }
  throw new RetriableError(
    'BROKER_UNAVAILABLE',
    `nothing came back within ${waitMs / 1_000} s: see whether the broker is up ('npm run cluster -- status')`,
  )
}

interface Event {
  readonly occurredAt: number
  readonly payload: Readonly<Record<string, unknown>>
}

function eventOf(record: Tailed): Event {
  return record.value as Event
}

function placeOf({ topic, partition, offset }: Tailed): string {
  return `${topic}/${partition} at offset ${offset}`
}

/** Sequence numbers and versions are whole; every other bigint of a payload is a decimal. */
const wholeField = /(Seq|Version)$/

function text(payload: unknown): string {
  const shown = (field: string, value: unknown) => {
    if (typeof value !== 'bigint') return value
    return wholeField.test(field) ? String(value) : formatDecimal(value)
  }
  return JSON.stringify(payload, shown, 2)
}

function recordJson(record: Tailed) {
  const { topic, partition, offset } = record
  return { topic, partition, offset, key: record.key, payload: JSON.parse(text(eventOf(record).payload)) }
}
