// budget: 300 s
import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { findChromium, startBrowser } from '../gateway/support/chromium.ts'
import { run } from '../support/command.ts'
import { installedPackage, succeeded } from '../support/installed-package.ts'
import { suite } from '../support/suite.ts'
import { waitFor } from '../support/wait-for.ts'

const { project } = await installedPackage()
const kinds = { absent: {}, commonjs: { type: 'commonjs' }, module: { type: 'module' } } as const
const placeholder = { scripts: { test: 'echo "Error: no test specified" && exit 1' } }
const noServers = { KAFKA_BROKERS: '', SCHEMA_REGISTRY_URL: '', DATABASE_URL: '' }

const folders = Object.entries(kinds).map(([name, type]) => project(`own-${name}`, { ...type, ...placeholder }))
const millrace = (folder: string) => join(folder, 'node_modules/.bin/millrace')

/** A running `dev`, and what it has printed. */
interface Dev {
  readonly process: ChildProcess
  readonly output: () => string
  /** Resolves with the exit code. */
  readonly ended: Promise<number | null>
}

function dev(folder: string, args: readonly string[] = []): Dev {
  const child = spawn(millrace(folder), ['dev', ...args], {
    cwd: folder,
    env: { ...process.env, ...noServers },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  let text = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', chunk => {
      text += chunk
    })
  }
  const ended = new Promise<number | null>(resolve => child.once('exit', resolve))
  return { process: child, output: () => text, ended }
}

/** Waits until `dev` has printed something. */
async function printed(running: Dev, pattern: RegExp): Promise<void> {
  const found = () => pattern.test(running.output()) || running.process.exitCode !== null
  await waitFor(found, { what: `${pattern} is not printed`, timeoutMs: 150_000, said: running.output })
  assert.match(running.output(), pattern)
}

const order = 'orders o-1 {"id":"o-1","customer":"ada","cents":1200}\n'
const total = /^\{"topic":"totals",.*"key":"ada","value":1200\}$/m

const chromium = findChromium()

/** The typed record stands in the tail of its topic, on the console's page. */
async function seenInConsole(path: string, url: string): Promise<void> {
  const browser = await startBrowser(path)
  try {
    const page = await browser.open(`${url}/console#/topics/orders`)
    await page.until(`document.querySelector('tbody').innerText.includes('"id":"o-1"')`)
    assert.equal(page.errors, [])
  } finally {
    await browser.close()
  }
}

suite('a project of its own, from the packed library', test => {
  test('init makes it, whatever the type of the package, and makes it once', async () => {
    await Promise.all(folders.map(folder => succeeded(run(millrace(folder), ['init'], {}, folder))))
    const [folder = ''] = folders
    const again = await run(millrace(folder), ['init'], {}, folder)
    assert.is(again.code, 3)
    assert.match(again.stderr, /^millrace: .* has millrace\.config\.ts.* already, and init overwrites nothing/)
    assert.is(again.stderr.trim().split('\n').length, 1)
  })

  test('its npm test passes', async () => {
    const outputs = await Promise.all(folders.map(folder => succeeded(run('npm', ['test'], {}, folder))))
    for (const output of outputs) assert.match(output, /^# pass 1$/m)
  })

  test('dev runs it without servers, and shows a typed record and its result', async () => {
    const running = folders.map(folder => dev(folder))
    try {
      await Promise.all(
        running.map(async each => {
          each.process.stdin?.write(order)
          await printed(each, total)
        }),
      )
      const [first] = running
      const [, url = ''] = /worker +(http:\S+)\/status/.exec(first!.output()) ?? []
      assert.is((await fetch(`${url}/readyz`)).status, 200)
      assert.match(first!.output(), `console  ${url}/console`)
      if (!('missing' in chromium)) await seenInConsole(chromium.path, url)
      for (const each of running) each.process.kill('SIGTERM')
      assert.equal(await Promise.all(running.map(each => each.ended)), [0, 0, 0])
    } finally {
      for (const each of running) each.process.kill('SIGKILL')
    }
  })

  test('dev starts anew when a file changes, on the same input, and outlives a mistake', async () => {
    const [folder = ''] = folders
    const file = join(folder, 'order-totals.ts')
    const source = readFileSync(file, 'utf8')
    const running = dev(folder, ['--file=sample-orders.txt'])
    try {
      await printed(running, total)
      writeFileSync(file, source.replace('total + order.cents', 'total + order.cents +'))
      await printed(
        running,
        /^millrace: module 'order-totals\.ts' cannot be loaded: order-totals\.ts:\d+:\d+ .*waiting for a change$/m,
      )
      writeFileSync(file, source.replace('total + order.cents', 'total + 2n * order.cents'))
      await printed(running, /^\{"topic":"totals",.*"key":"ada","value":3000\}$/m)
      running.process.kill('SIGTERM')
      assert.is(await running.ended, 0)
    } finally {
      running.process.kill('SIGKILL')
      writeFileSync(file, source)
    }
  })

  test('topologies load as .ts, .mts and .cts, with one copy of the library', async () => {
    const folder = project('own-endings', {})
    const code = `import { string, topic, topology, TopologyError } from 'millrace'
      import { suffix } from './suffix.SUFFIX'
      export const kind: unknown = TopologyError
      export default topology('named-' + suffix, t => { t.stream(topic('lines', { key: string, value: string })).to(topic('copies', { key: string, value: string })) })`
    for (const ending of ['ts', 'mts', 'cts']) {
      writeFileSync(join(folder, `lines.${ending}`), code.replaceAll('SUFFIX', ending))
      writeFileSync(join(folder, `suffix.${ending}`), `export const suffix: string = '${ending}'`)
    }
    writeFileSync(join(folder, 'wait.ts'), "import 'millrace'\nawait Promise.resolve()\nexport default 1\n")
    writeFileSync(
      join(folder, 'refused.cts'),
      "import { topology } from 'millrace'\nexport default topology('', () => {})\n",
    )
    const validate = (file: string) => run(millrace(folder), ['topology', 'validate', file], {}, folder)
    const [ts, mts, cts, wait, refused] = await Promise.all(
      ['lines.ts', 'lines.mts', 'lines.cts', 'wait.ts', 'refused.cts'].map(validate),
    )
    for (const [result, name] of [
      [ts, 'named-ts'],
      [mts, 'named-mts'],
      [cts, 'named-cts'],
    ] as const)
      assert.match(result!.stdout, `topology '${name}' is valid`)
    assert.is(wait!.code, 3)
    assert.match(wait!.stderr, /wait\.ts:2:\d+ Top-level await .*name the file \.mts, or set "type": "module"/)
    // Its TopologyError is the command's own, or the code would be 5.
    assert.is(refused!.code, 1, refused!.stderr)
    rmSync(folder, { recursive: true })
  })
})
