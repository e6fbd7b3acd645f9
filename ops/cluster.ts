import { Command } from 'commander'
import { FatalError } from '../topology/definition/errors.ts'
import { answers, startServers } from './cluster/choose.ts'
import type { ServerName } from './cluster/cluster-server.ts'
import { endServer } from './cluster/end-server.ts'
import { readState, type ServerState, writeState } from './cluster/state.ts'
import { type JsonFlag, jsonOption, printJson } from './command-line/json-output.ts'

const names: readonly ServerName[] = ['kafka', 'registry', 'postgres']
const variable = { kafka: 'KAFKA_BROKERS', registry: 'SCHEMA_REGISTRY_URL', postgres: 'DATABASE_URL' } as const

/** `cluster up|down|status`: Kafka, a schema registry and Postgres on this machine, for trying things and for the demo. */
export function clusterCommand(): Command {
  const command = new Command('cluster').description('start, stop and look at Kafka, a schema registry and Postgres')
  command
    .command('up')
    .description('start what is not up; servers outlive the command')
    .addOption(jsonOption())
    .action(up)
  command
    .command('down')
    .description('end exactly what `up` started, and remove its data')
    .addOption(jsonOption())
    .action(down)
  command
    .command('status')
    .description('say what is up; exit code 1 when something is not')
    .addOption(jsonOption())
    .action(status)
  return command
}

async function up({ json }: JsonFlag): Promise<void> {
  const before = (await readState()).parts
  const kept: ServerState[] = []
  for (const part of before) {
    if (await answers(part.name, part.url)) kept.push(part)
    else await endServer(part)
  }
  const wanted = names.filter(name => !kept.some(part => part.name === name))
  const { parts, missing } = await startServers(wanted, { detached: true, usualPort: true })
  const all = names.flatMap(name => [...kept, ...parts].filter(part => part.name === name))
  await writeState(all)
  const started = all.map(part => ({ part, what: kept.includes(part) ? 'was up' : 'started' }))
  if (!json) for (const { part, what } of started) print(part, what)
  if (missing.length > 0)
    throw new FatalError('UNSUPPORTED', missing.map(({ name, reason }) => `no ${name}: ${reason}`).join('\n'))
  if (json) return printJson({ servers: started.map(({ part, what }) => ({ ...serverJson(part), state: what })) })
  console.log(`\n${all.map(part => `export ${variable[part.name]}=${part.url}`).join('\n')}`)
}

async function down({ json }: JsonFlag): Promise<void> {
  const { parts } = await readState()
  const ended = []
  for (const part of parts.toReversed()) {
    await endServer(part)
    await writeState(parts.slice(0, parts.indexOf(part)))
    const what = part.origin === 'environment' ? 'left alone' : 'stopped'
    ended.push({ ...serverJson(part), state: what })
    if (!json) print(part, what)
  }
  if (json) printJson({ servers: ended })
  else if (parts.length === 0) console.log('nothing is up')
}

async function status({ json }: JsonFlag): Promise<void> {
  const { parts } = await readState()
  const found = []
  for (const name of names) {
    const part = parts.find(known => known.name === name)
    const isUp = part !== undefined && (await answers(name, part.url))
    if (!isUp) process.exitCode = 1
    const state = isUp ? 'up' : part ? 'does not answer' : 'not started'
    found.push(part ? { ...serverJson(part), state } : { name, state })
    if (json) continue
    if (part) print(part, state)
    else console.log(`${name.padEnd(9)} not started: npx millrace cluster up`)
  }
  if (json) printJson({ servers: found })
}

function print(part: { name: string; origin: string; url: string; pid?: number | undefined }, what: string): void {
  console.log(
    `${part.name.padEnd(9)} ${part.origin.padEnd(12)} ${withoutLogin(part.url)}  ${what}${part.pid ? `  pid ${part.pid}` : ''}`,
  )
}

function serverJson({ name, origin, url, pid }: ServerState) {
  return { name, origin, url: withoutLogin(url), ...(pid !== undefined && { pid }) }
}

function withoutLogin(url: string): string {
  return url.replace(/\/\/[^@]*@/, '//')
}
