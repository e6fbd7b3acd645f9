import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Command } from 'commander'
import connect from 'postgres'
import * as assert from 'uvu/assert'
import { projectCommands } from '../../../ops/command-line/command-line.ts'
import { millraceCommands } from '../../../ops/command-line/millrace-commands.ts'
import { millraceHere } from '../../support/in-process-command.ts'
import { realParts } from '../../support/real-parts.ts'
import { suite } from '../../support/suite.ts'
import { type HeldTransaction, holdTransaction, settle, writeFiles } from './story.ts'
import {
  firstVerbs,
  freshFolder,
  laterVerbs,
  longVerbs,
  openTransaction,
  order,
  published,
  stuck,
  type Verb,
} from './table.ts'

// The topics of the trading application have fixed names: of the files that share these servers only this one makes them.
const { kafka, registry, database } = await realParts({ kafka: true, registry: true, postgres: true })
const postgres = await database()
const servers = { KAFKA_BROKERS: kafka.url, SCHEMA_REGISTRY_URL: registry.url, DATABASE_URL: postgres }
const folder = mkdtempSync(join(tmpdir(), 'millrace-verbs-'))
const files = writeFiles(folder)

/** Runs a verb on these servers. */
const run = (verb: string, args: readonly string[]) => millraceHere([...verb.split(' '), ...args])

/** The paths of all commands that do something. Shape: `['topics list', 'config']`. */
async function allVerbs(): Promise<readonly string[]> {
  const leaves = (command: Command, path: string): string[] =>
    command.commands.length === 0 ? [path] : command.commands.flatMap(one => leaves(one, `${path} ${one.name()}`))
  const found = []
  for (const [name, { load }] of Object.entries({ ...millraceCommands, ...(await projectCommands()) }))
    found.push(...leaves(await load(), name))
  return found
}

const words = { folder, ...files }

/** A refusal in JSON. */
interface Refusal {
  readonly error: { readonly code: string; readonly message: string; readonly exitCode: number }
}

const noStack = /\n +at /

for (const [name, value] of Object.entries(servers)) process.env[name] = value

suite('every verb of the command line', test => {
  const tests = (verbs: Readonly<Record<string, Verb>>) => {
    for (const [path, verb] of Object.entries(verbs)) {
      test(`${path}: success, --json, refusal`, async () => {
        await succeeds(path, verb)
        await refuses(path, verb)
      })
    }
  }
  test('each has a row here', async () => {
    const rows = [...[firstVerbs, laterVerbs].flatMap(of => Object.keys(of(words))), ...Object.keys(longVerbs)]
    assert.equal(rows.sort(), [...(await allVerbs())].sort())
  })

  tests(firstVerbs(words))
  test('the pipeline settles what was posted', async () => {
    await settle({ kafka: kafka.url, registry: registry.url, postgres })
    assert.is((await run('signals post', [files.others])).code, 0)
    ids = await outboxIds()
    assert.is(ids.stuck.length, 4)
  })
  tests(laterVerbs(words))
  for (const [path, verb] of Object.entries(longVerbs)) test(`${path}: refusal`, () => refuses(path, verb))
  test('a transaction that is aborted holds nobody back', async () => {
    assert.match((await run('transactions list', [])).stdout, /verbs-held/)
    const { code, stdout } = await run('transactions abort', [held!.place, '--yes'])
    assert.equal([code, stdout], [0, `aborted the transaction 'verbs-held', open from ${held!.place}\n`])
    assert.match((await run('transactions list', [])).stdout, /no transaction is open/)
    assert.match(await held!.release(), /FENCED/)
  })
  test.after(() => rmSync(folder, { recursive: true, force: true }))
})

let folders = 0
let held: HeldTransaction | undefined
let ids: { readonly published: string; readonly stuck: string[] } = { published: '', stuck: [] }

async function succeeds(path: string, { good, within, code = 0, says, json }: Verb): Promise<void> {
  const go = async (...more: readonly string[]) => {
    const given: Readonly<Record<string, () => string | Promise<string>>> = {
      [published]: () => ids.published,
      [stuck]: () => ids.stuck.pop()!,
      [openTransaction]: async () => {
        held ??= await holdTransaction(kafka.url)
        return held.place
      },
      [order]: anOrder,
      [freshFolder]: () => join(folder, `new-${folders++}`),
    }
    const args = [...(await Promise.all(good.map(word => given[word]?.() ?? word))), ...more]
    return within === undefined ? run(path, args) : runWithin(within, path, args)
  }
  const told = await go()
  assert.is(told.code, code, told.stdout + told.stderr)
  assert.match(told.stdout, says)
  assert.not.match(told.stderr, noStack)
  const asked = await go('--json')
  assert.is(asked.code, code, asked.stdout + asked.stderr)
  hasFields(asked.stdout, { json })
}

async function anOrder(): Promise<string> {
  const { stdout } = await run('orders list', ['alpha-01', '--json'])
  const [first] = (JSON.parse(stdout) as { readonly orders: readonly { readonly orderId: string }[] }).orders
  assert.ok(first, 'alpha-01 has no order')
  return first.orderId
}

function hasFields(text: string, { json }: Pick<Verb, 'json'>): void {
  const found: unknown = JSON.parse(text)
  if (json === 'array') assert.ok(Array.isArray(found), text)
  else for (const field of json) assert.ok(Object.hasOwn(found as object, field), `${field} in ${text.slice(0, 400)}`)
}

/** One line that says what, where and what to do, the documented exit code, no stack; in JSON the same on standard output. */
async function refuses(
  path: string,
  { bad, refusedWith, refusal }: Pick<Verb, 'bad' | 'refusedWith' | 'refusal'>,
): Promise<void> {
  const told = await run(path, bad)
  assert.is(told.code, refusedWith, told.stdout + told.stderr)
  assert.match(told.stderr, refusal)
  assert.is(told.stdout, '')
  assert.not.match(told.stderr, noStack)
  const asked = await run(path, [...bad, '--json'])
  assert.is(asked.code, refusedWith, asked.stdout + asked.stderr)
  const { error } = JSON.parse(asked.stdout) as Refusal
  assert.match(error.message, refusal)
  assert.is(error.exitCode, refusedWith)
  assert.is(error.code === 'COMMAND_LINE', refusedWith === 2)
  if (refusedWith !== 2) assert.is(told.stderr, `millrace: ${error.message}\n`)
}

async function runWithin(place: string, path: string, args: readonly string[]) {
  const before = process.cwd()
  process.chdir(place)
  try {
    return await run(path, args)
  } finally {
    process.chdir(before)
  }
}

/** An entry that was published, and those that were posted after it and cannot be. */
async function outboxIds() {
  const sql = connect(postgres, { max: 1 })
  const [published] = await sql`select event_id from millrace_outbox where published_at is not null limit 1`.values()
  const stuck =
    await sql`update millrace_outbox set failure = 'a test' where published_at is null returning event_id`.values()
  await sql.end()
  return { published: String(published?.[0]), stuck: stuck.map(([id]) => String(id)) }
}
