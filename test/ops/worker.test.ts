import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as assert from 'uvu/assert'
import { freePorts } from '../../ops/cluster/free-port.ts'
import { endIn, run } from '../support/command.ts'
import { suite } from '../support/suite.ts'

// A folder without the state of a `cluster up`, which a worker would take its servers from.
const folder = mkdtempSync(join(tmpdir(), 'millrace-worker-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
const cli = fileURLToPath(new URL('../../ops/cli.ts', import.meta.url))
const fixture = (file: string) => fileURLToPath(new URL(`../support/fixtures/${file}`, import.meta.url))
const [closed] = await freePorts(1)
const nowhere = {
  KAFKA_BROKERS: `127.0.0.1:${closed}`,
  SCHEMA_REGISTRY_URL: `http://127.0.0.1:${closed}`,
  DATABASE_URL: `postgres://nobody:secret@127.0.0.1:${closed}/nothing`,
}
const empty = { KAFKA_BROKERS: '', SCHEMA_REGISTRY_URL: '', DATABASE_URL: '' }

interface Refusal {
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly code: number
  /** All that it says. */
  readonly says: RegExp
  readonly threads?: number
}

const refuses = async ({ args, env, code, says, threads = 1 }: Refusal) => {
  const command = ['--import', import.meta.resolve('tsx'), cli, 'worker', `--threads=${threads}`, ...args]
  const result = await run(process.execPath, command, env, folder)
  assert.is(result.code, code, result.stderr)
  assert.is(result.stdout, '')
  const { code: why, exitCode, said } = endIn(result.stderr)
  assert.match(said, says)
  assert.is(exitCode, code)
  assert.match(String(why), /^[A-Z_]+$/)
  assert.not.match(result.stderr, /secret|^ +at /m)
}

suite(
  'a worker that cannot start says why in one line and no stack, and ends with the code of the table',
  test => {
    const commands = `--topology=${fixture('commands.ts')}`

    for (const [what, file, variables] of [
      ['without Avro', 'commands.ts', 'KAFKA_BROKERS, DATABASE_URL'],
      ['with Avro', 'amounts.ts', 'KAFKA_BROKERS, SCHEMA_REGISTRY_URL, DATABASE_URL'],
    ] as const)
      test(`missing environment, ${what}: 3, and the variables by name`, () =>
        refuses({
          args: [`--topology=${fixture(file)}`],
          env: empty,
          code: 3,
          says: new RegExp(`^millrace: worker needs ${variables}: set them, .*\\n$`),
        }))

    test('an address beyond loopback without a token: 3, with what to set', () =>
      refuses({
        args: [commands, '--port=9100', '--host=0.0.0.0'],
        env: nowhere,
        code: 3,
        says: /^millrace: listening on 0\.0\.0\.0 without a token .* MILLRACE_TOKEN_FILE .*\n$/,
      }))

    test('a topology file that does not exist: 3', () =>
      refuses({
        args: ['--topology=nowhere.ts'],
        env: nowhere,
        code: 3,
        says: /^millrace: topology file 'nowhere.ts' does not exist: .*\n$/,
      }))

    for (const threads of [1, 2])
      test(`a module that throws while it is loaded, ${threads} threads: 3, with what it said`, () =>
        refuses({
          args: [`--topology=${fixture('throws-while-loading.ts')}`],
          env: nowhere,
          code: 3,
          says: /^millrace: module '.*throws-while-loading.ts' cannot be loaded: the rules file is missing \(.*throws-while-loading\.ts:\d+:\d+\)\n$/,
          threads,
        }))

    test('an unknown processor: 3, and which was meant', () =>
      refuses({
        args: [commands, '--processor=obay'],
        env: nowhere,
        code: 3,
        says: /^millrace: .* has no processor 'obay'; did you mean 'obey'\?: choose among obey, strict\n$/,
      }))

    test('a topology with a mistake: 3, each problem on a line', () =>
      refuses({
        args: [`${commands}#broken`],
        env: nowhere,
        code: 3,
        says: /^millrace: topology 'broken' has a problem:\n +two processors are called 'obey': .*\n$/,
        threads: 2,
      }))

    for (const threads of [1, 2])
      test(`no Kafka, ${threads} threads: 4, and the address`, () =>
        refuses({
          args: [commands],
          env: nowhere,
          code: 4,
          says: new RegExp(`^millrace: .*127.0.0.1:${closed}.*\\n$`),
          threads,
        }))
  },
  { timeoutMs: 40_000 },
)
