// budget: 420 s
import { spawn } from 'node:child_process'
import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import postgres from 'postgres'
import { publint } from 'publint'
import * as assert from 'uvu/assert'
import { kafkajsBroker } from '../../topology/broker/kafkajs/kafkajs-broker.ts'
import { systemClock } from '../../topology/runtime/system-clock.ts'
import { run } from '../support/command.ts'
import { installedPackage, succeeded } from '../support/installed-package.ts'
import { realParts } from '../support/real-parts.ts'
import { suite } from '../support/suite.ts'

const { kafka, registry, prefix, database } = await realParts({ kafka: true, registry: true, postgres: true })

const { project: newProject, files: packedFiles } = await installedPackage()
const project = newProject('project', { type: 'module' })
const millrace = join(project, 'node_modules/.bin/millrace')

/** The first example of the README; it is TypeScript and JavaScript alike. */
const [, example = ''] =
  /<!-- examples\/word-count.ts -->\n```ts\n([\s\S]*?)```/.exec(readFileSync('README.md', 'utf8')) ?? []

/** The example under names of its own on the shared Kafka. */
const wordCount = (name: string) =>
  example
    .replace("topic('lines'", `topic('${name}-lines'`)
    .replace("topic('counts'", `topic('${name}-counts'`)
    .replace("topology('word-count'", `topology('${name}'`)

/** Runs the example as a user would, on the real parts, and waits until the table has counted. */
async function runsAsWorker(name: string, file: string): Promise<void> {
  const url = await database()
  const environment = { KAFKA_BROKERS: kafka.url, SCHEMA_REGISTRY_URL: registry.url, DATABASE_URL: url }
  await succeeded(run(millrace, ['topics', 'apply', `--topology=${file}`], environment, project))
  await succeeded(run(millrace, ['schemas', 'register', `--topology=${file}`], environment, project))
  const worker = spawn(millrace, ['worker', `--topology=${file}`], {
    cwd: project,
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [worker.stdout, worker.stderr]) {
    stream.on('data', chunk => {
      output += chunk
    })
  }
  const ended = new Promise<number | null>(resolve => worker.once('exit', resolve))
  const broker = await kafkajsBroker({ brokers: [kafka.url], clock: systemClock })
  const sql = postgres(url, { max: 1, onnotice: () => {} })
  try {
    const writer = await broker.writer()
    const [key, value] = [Buffer.from('hamlet'), Buffer.from('To be, or not to be')]
    await writer.send([{ topic: `${name}-lines`, partition: 0, timestamp: Date.now(), key, value, headers: [] }])
    await writer.close()
    let found: readonly Record<string, unknown>[] = []
    const deadline = Date.now() + 120_000
    // The six words may come in more than one commit.
    const counted = () => found.reduce((sum, row) => sum + Number(row.value), 0)
    while (counted() < 6 && worker.exitCode === null && Date.now() < deadline) {
      found = await sql`select key, value from word_counts order by key`.catch(() => [])
      await sleep(50)
    }
    assert.equal(
      found.map(row => [row.key, String(row.value)]),
      [
        ['be', '2'],
        ['not', '1'],
        ['or', '1'],
        ['to', '2'],
      ],
      output,
    )
    worker.kill('SIGTERM')
    assert.is(await ended, 0, output)
  } finally {
    worker.kill('SIGKILL')
    await Promise.all([sql.end(), broker.close()])
  }
}

/** The output of each example when it is run by itself. */
const shown: Readonly<Record<string, RegExp>> = {
  'word-count': /'be' +│ 2n/,
  'page-views': /'\/ \/cart \/shoes'/,
  'paid-orders': /'o-1'.*unpaid.*'o-2'/s,
  candlesticks: /'ACME' │ 0 +│ 60000/,
  'in-app': /'be' +│ 2n/,
  fraud: /'blocked'.*'unblocked'/s,
}

suite('the package, installed into an empty project', test => {
  test.before(() => {
    writeFileSync(join(project, 'word-count.ts'), wordCount(`${prefix}ts`))
    writeFileSync(join(project, 'word-count.js'), wordCount(`${prefix}js`))
  })

  test('it holds the library alone: no application, no laboratory, no Java, no data', () => {
    assert.ok(packedFiles.includes('dist/topology/index.js'))
    const foreign = /(^|\/)(trading|processors|lab|demo)\/|\.(java|csv|avsc)$|^dist\/(ops\/bin|test)\//
    assert.equal(
      packedFiles.filter(path => foreign.test(path)),
      [],
    )
  })

  test('links of its Markdown files lead to files that it holds', () => {
    const installed = join(project, 'node_modules/millrace')
    const pages = packedFiles.filter(path => path.endsWith('.md'))
    assert.ok(pages.includes('README.md'))
    const broken = pages.flatMap(page =>
      [...readFileSync(join(installed, page), 'utf8').matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)]
        .filter(([, link]) => !existsSync(join(installed, dirname(page), link!)))
        .map(([, link]) => `${page}: ${link}`),
    )
    assert.equal(broken, [])
  })

  test('importing it loads no client of Kafka or Postgres and no simulator', async () => {
    writeFileSync(
      join(project, 'loaded.mjs'),
      `import { register } from 'node:module'
      register('data:text/javascript,' + encodeURIComponent(\`
        import { writeSync } from 'node:fs'
        export async function load(url, context, next) { writeSync(2, url + '\\\\n'); return next(url, context) }\`))
      await import('millrace')`,
    )
    const { code, stderr } = await run(process.execPath, ['loaded.mjs'], {}, project)
    const urls = stderr.split('\n').filter(line => line.startsWith('file:'))
    assert.is(code, 0, stderr)
    assert.ok(urls.some(url => url.endsWith('/millrace/dist/topology/index.js')))
    assert.equal(
      urls.filter(url => /node_modules\/(kafkajs|postgres|zod|yaml|hono)\/|\/(simulation|runtime|broker)\//.test(url)),
      [],
    )
  })

  test('its examples run as TypeScript and as JavaScript', async () => {
    const sources = join(project, 'examples')
    cpSync(join(project, 'node_modules/millrace/examples'), sources, { recursive: true })
    const files = readdirSync(sources).map(file => join('examples', file))
    const flags = ['--strict', '--module', 'nodenext', '--target', 'es2023', '--types', 'node', '--skipLibCheck']
    const rewrite = ['--allowImportingTsExtensions', '--rewriteRelativeImportExtensions', '--outDir', 'compiled']
    await succeeded(run(join(process.cwd(), 'node_modules/.bin/tsc'), [...flags, ...rewrite, ...files], {}, project))
    for (const [name, pattern] of Object.entries(shown)) {
      assert.match(
        await succeeded(run(process.execPath, ['--import', 'tsx', `examples/${name}.ts`], {}, project)),
        pattern,
      )
      assert.match(await succeeded(run(process.execPath, [`compiled/${name}.js`], {}, project)), pattern)
    }
  })

  test('publint has nothing to say', async () => {
    const { messages } = await publint({ pkgDir: join(project, 'node_modules/millrace'), pack: false, strict: true })
    assert.equal(messages, [])
  })

  test('its types carry the example, and refuse a wrong one', async () => {
    // drizzle-orm's own declarations do not pass (they ask for every database there is); ours must.
    const problems = async (file: string) => {
      const flags = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2023', '--types', 'node', file]
      const { stdout } = await run(join(process.cwd(), 'node_modules/.bin/tsc'), flags, {}, project)
      const lines = stdout.split('\n').filter(line => line.includes('error TS'))
      return lines.filter(line => !/^\S*node_modules\/drizzle-orm\//.test(line))
    }
    assert.equal(await problems('word-count.ts'), [])
    const wrong = readFileSync(join(project, 'word-count.ts'), 'utf8').replace(
      'key: string, value: int64',
      'key: int64, value: int64',
    )
    writeFileSync(join(project, 'wrong.ts'), wrong)
    const [problem = ''] = await problems('wrong.ts')
    assert.match(problem, /^wrong\.ts\(\d+,\d+\): error TS2345/)
  })

  test('the example runs as TypeScript', () => runsAsWorker(`${prefix}ts`, 'word-count.ts'))

  test('the example runs as JavaScript', () => runsAsWorker(`${prefix}js`, 'word-count.js'))

  test('it runs in the test driver', async () => {
    const program = `
      import { testDriver } from 'millrace'
      import { counts, lines, wordCount } from './word-count.js'
      const driver = await testDriver(wordCount)
      await driver.pipe(lines, 'k', 'to be or not to be', { at: 0 })
      console.log(driver.read(counts).map(({ key, value }) => key + value).join(' '))
      console.log(driver.store('word-counts').get('be'))`
    writeFileSync(join(project, 'driver.js'), program)
    const stdout = await succeeded(run(process.execPath, ['driver.js'], {}, project))
    assert.is(stdout.trim(), 'to1 be1 or1 not1 to2 be2\n2n')
  })

  test('it runs inside a program, on memory parts', async () => {
    const program = `
      import { run } from 'millrace'
      import { wordCount } from './word-count.js'
      const app = await run(wordCount)
      console.log(app.parts.where)
      await app.stop()`
    writeFileSync(join(project, 'program.js'), program)
    const stdout = await succeeded(run(process.execPath, ['program.js'], {}, project))
    assert.is(stdout.trim(), 'kafka memory  registry memory  postgres memory')
  })

  test('its command describes the example, and says what a worker takes', async () => {
    const described = await succeeded(run(millrace, ['topology', 'describe', 'word-count.ts'], {}, project))
    for (const part of ['by-word', 'word-counts', `${prefix}ts-lines`, `${prefix}ts-counts`])
      assert.ok(described.includes(part), `${part} is not in ${described}`)
    assert.match(await succeeded(run(millrace, ['worker', '--help'], {}, project)), '--processor <name>')
  })

  test('a topology that cannot be loaded is one line and code 3', async () => {
    const { code, stderr } = await run(millrace, ['topics', 'list', '--topology=nowhere.ts'], {}, project)
    assert.is(code, 3)
    assert.is(stderr.trim(), "millrace: topology file 'nowhere.ts' does not exist: correct the path")
  })
})
