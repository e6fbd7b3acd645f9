import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import * as assert from 'uvu/assert'
import { run } from '../../support/command.ts'
import { realParts } from '../../support/real-parts.ts'
import { suite } from '../../support/suite.ts'

// Only to be left out, with the reason, where servers cannot be started: those of this test are its own.
await realParts({ kafka: true, registry: true, postgres: true })

const folder = mkdtempSync(join(tmpdir(), 'millrace-command-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))

/** The command in a project folder of its own: the state file goes there. */
const cluster = (action: string, environment: Record<string, string> = {}) => {
  const tsx = pathToFileURL(resolve('node_modules/tsx/dist/loader.mjs')).href
  const none = { KAFKA_BROKERS: '', SCHEMA_REGISTRY_URL: '', DATABASE_URL: '' }
  return run(
    process.execPath,
    ['--import', tsx, resolve('ops/cli.ts'), 'cluster', action],
    { ...none, ...environment },
    folder,
  )
}

/** A folder for PATH that has these programs only. */
const only = (...programs: string[]) => {
  const bin = mkdtempSync(join(folder, 'bin-'))
  for (const program of ['id', 'ps', ...programs]) {
    symlinkSync(execFileSync('sh', ['-c', `command -v ${program}`], { encoding: 'utf8' }).trim(), join(bin, program))
  }
  return bin
}

const names = (stdout: string) =>
  stdout.split('\n').flatMap(line => (/^(kafka|registry|postgres) /.test(line) ? [line.split(' ')[0]] : []))

suite('cluster', test => {
  test.after(async () => {
    await cluster('down')
  })

  test('up starts all three, status sees them, up again starts nothing, down leaves nothing', async () => {
    const before = await cluster('status')
    assert.is(before.code, 1)

    const up = await cluster('up')
    assert.is(up.code, 0, up.stderr)
    assert.equal(names(up.stdout), ['kafka', 'registry', 'postgres'])
    for (const variable of ['KAFKA_BROKERS', 'SCHEMA_REGISTRY_URL', 'DATABASE_URL']) {
      assert.match(up.stdout, new RegExp(`^export ${variable}=\\S+$`, 'm'))
    }
    const state = join(folder, '.millrace/cluster.json')
    assert.is(statSync(state).mode & 0o077, 0, 'it holds a password')

    assert.is((await cluster('status')).code, 0)
    const again = await cluster('up')
    assert.is(again.stdout.match(/ was up /g)?.length, 3, again.stdout)

    const down = await cluster('down')
    assert.is(down.stdout.match(/ stopped /g)?.length, 3, down.stdout)
    assert.not(existsSync(state))
    assert.is((await cluster('status')).code, 1)
    assert.match((await cluster('down')).stdout, 'nothing is up')
  })

  test('without Java it says so in one line a part, and what it could start is up', async () => {
    const { code, stdout, stderr } = await cluster('up', { PATH: only() })
    assert.is(code, 5)
    assert.equal(names(stdout), ['postgres'])
    assert.equal(stderr.trim().split('\n'), [
      'millrace: no kafka: Java is not on the path, needed for Kafka: install a Java runtime of version 17 or newer, or name a running server in the environment',
      'no registry: Java is not on the path, needed for the schema registry: install a Java runtime of version 17 or newer, or name a running server in the environment',
    ])
  })

  test('without Maven, and with nothing fetched before, it says so', async () => {
    const cache = join(folder, 'empty-cache')
    mkdirSync(cache)
    const { code, stderr } = await cluster('up', { PATH: only('java', 'dirname'), MILLRACE_CACHE: cache })
    assert.is(code, 5)
    assert.match(stderr, /no kafka: Maven is not on the path, needed for kafka-[\d.]+: install Maven/)
    assert.match(stderr, /no registry: Maven is not on the path/)
  })
})
