import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import * as assert from 'uvu/assert'
import { type CommandResult, endIn, run } from '../support/command.ts'
import { suite } from '../support/suite.ts'

const folder = mkdtempSync(join(tmpdir(), 'millrace-project-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))

const library = (path: string) => pathToFileURL(resolve(path)).href
const none = { KAFKA_BROKERS: '', SCHEMA_REGISTRY_URL: '', DATABASE_URL: '' }

/** Runs `millrace` in a folder whose project is described by this text. */
function inProject(config: string, ...args: readonly string[]): Promise<CommandResult> {
  writeFileSync(join(folder, 'millrace.config.ts'), config)
  const command = ['--import', import.meta.resolve('tsx'), resolve('ops/cli.ts'), ...args]
  return run(process.execPath, command, none, folder)
}

const described = (body: string) => `
  import { defineConfig } from '${library('topology/index.ts')}'
  export default defineConfig({ ${body} })`

writeFileSync(
  join(folder, 'words.ts'),
  `import { string, topic, topology } from '${library('topology/index.ts')}'
  const lines = topic('lines', { key: string, value: string })
  export default topology('words', t => { t.stream(lines).groupByKey().count('word-counts') })`,
)

const greeting = `greet: {
  summary: 'say hello',
  load: async () => new (await import('${library('node_modules/commander/esm.mjs')}')).Command('greet')
    .option('--to <name>', 'whom', 'nobody').action(({ to }) => console.log('hello ' + to)),
}`

suite('a project described by millrace.config.ts', test => {
  test('its topology is the one that commands take when none is named', async () => {
    const { code, stdout, stderr } = await inProject(described("topology: 'words.ts'"), 'topology', 'validate')
    assert.is(code, 0, stderr)
    assert.match(stdout, "words: topology 'words' is valid: 1 sub-topology (lines), 1 store")
  })

  test('its commands stand beside those of millrace, in help and when called', async () => {
    const config = described(`commands: { ${greeting} }`)
    const help = await inProject(config, '--help')
    assert.match(help.stdout, /^ {2}greet .*say hello/m)
    assert.match(help.stdout, /^ {2}worker .*run processors/m)
    const { code, stdout } = await inProject(config, 'greet', '--to=world')
    assert.equal([code, stdout], [0, 'hello world\n'])
  })

  test('without a description a command says how to name a topology', async () => {
    rmSync(join(folder, 'millrace.config.ts'), { force: true })
    const command = ['--import', import.meta.resolve('tsx'), resolve('ops/cli.ts'), 'topology', 'validate']
    const { code, stderr } = await run(process.execPath, command, none, folder)
    assert.is(code, 3)
    assert.is(
      stderr,
      'millrace: no topology is named and there is no millrace.config.ts in this folder: use --topology=<file>\n',
    )
  })

  test('a command with the name of one of millrace is refused, with its remedy', async () => {
    const config = described(
      `commands: { status: { summary: 'mine', load: async () => { throw new Error('called') } } }`,
    )
    const { code, stderr } = await inProject(config, '--help')
    assert.is(code, 3)
    assert.match(stderr, "the project's commands 'status' have names of millrace's own: rename them")
  })

  test('a description that cannot be loaded, or has no default export, is one line and code 3', async () => {
    const [broken, empty] = [
      await inProject("throw new Error('no such thing')", 'greet'),
      await inProject('export const config = {}', 'greet'),
    ]
    assert.equal([broken.code, empty.code], [3, 3])
    assert.match(
      broken.stderr,
      /^millrace: module '.*millrace\.config\.ts' cannot be loaded: no such thing \(.*millrace\.config\.ts:1:\d+\)\n$/,
    )
    assert.match(empty.stderr, /^millrace: '.*millrace\.config\.ts' has no default export: write export default .*\n$/)
  })

  test('its connections are taken where the environment names none', async () => {
    const config = described(`topology: 'words.ts', connections: { kafka: '127.0.0.1:1' }`)
    const { code, stderr } = await inProject(config, 'worker')
    assert.is(code, 3)
    assert.match(endIn(stderr).said, /^millrace: worker needs DATABASE_URL: set it, /)
  })
})
