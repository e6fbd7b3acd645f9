import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import * as assert from 'uvu/assert'
import { millrace } from '../support/command.ts'
import { suite } from '../support/suite.ts'

const folder = mkdtempSync(join(tmpdir(), 'millrace-sim-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
const file = join(folder, 'words.ts')
const library = pathToFileURL(resolve('topology/index.ts')).href

/** A topology that counts, and a check of its own that holds or not. */
const source = (check: string) => `
  import { string, topic, topology } from '${library}'
  const words = topic('words', { key: string, value: string })
  export default topology('words', t => { t.stream(words).groupByKey().count('word-counts') })
  export const simulation = {
    input: ['a', 'b', 'a'].map((key, at) => ({ topic: 'words', key, value: 'x', at })),
    check: ({ stores }) => { ${check} },
  }`

suite(
  'millrace sim',
  test => {
    test("runs a user's topology under faults", async () => {
      writeFileSync(file, source("if (stores['word-counts'].length !== 2) return 'two words were counted'"))
      const { code, stdout, stderr } = await millrace(['sim', `--topology=${file}`, '--seeds=6', '--threads=1'])
      assert.is(code, 0, stdout + stderr)
      assert.match(stdout, /^6 seeds in /m)
    })

    test('a failure names the seed and a command that exists and replays it', async () => {
      writeFileSync(file, source("return 'never right'"))
      const { code, stdout } = await millrace(['sim', `--topology=${file}`, '--seeds=2', '--threads=1'])
      assert.is(code, 1)
      const [, command = ''] = /^replay it: npx millrace (.*)$/m.exec(stdout) ?? []
      assert.match(command, /^sim --topology=.*words\.ts --input=.*words\.ts --seeds=1 --seed=\d+ --trace$/)
      const again = await millrace(command.split(' '))
      assert.is(again.code, 1)
      assert.match(again.stdout, 'never right')
    })

    test('a topology without input is refused with what to do', async () => {
      const { code, stderr } = await millrace(['sim', '--topology=examples/word-count.ts', '--seeds=1'])
      assert.is(code, 3)
      assert.match(stderr, 'export const simulation')
    })
  },
  { timeoutMs: 90_000 },
)
