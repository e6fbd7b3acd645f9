import { existsSync, readFileSync } from 'node:fs'
import * as assert from 'uvu/assert'
import { exitCodes } from '../../ops/command-line/exit-codes.ts'
import { environmentTable } from '../../topology/app/environment.ts'
import { suite } from '../support/suite.ts'

const readme = readFileSync('README.md', 'utf8')

suite('README', test => {
  test('its examples are taken from files that run', () => {
    const blocks = [...readme.matchAll(/<!-- (examples\/\S+) -->\n```ts\n([\s\S]*?)```/g)]
    assert.ok(blocks.length >= 3)
    for (const [, file, code] of blocks)
      for (const paragraph of code!.trimEnd().split('\n\n'))
        assert.ok(readFileSync(file!, 'utf8').includes(paragraph), `${file} does not hold:\n${paragraph}`)
  })

  test('its tables are those of the code', () => {
    for (const row of environmentTable().split('\n').slice(2)) assert.ok(readme.includes(row), row)
    for (const [code, meaning] of Object.entries(exitCodes))
      assert.ok(readme.includes(`| ${code} | ${meaning} |`), code)
  })

  test('every command it names is a script, and every file it links exists', () => {
    const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> }
    const commands = [...readme.matchAll(/npm run ([\w:]+)/g)].map(([, name]) => name!)
    assert.ok(commands.length > 10)
    for (const name of commands) assert.ok(scripts[name], `npm run ${name}`)
    const links = [...readme.matchAll(/\]\((?!http)([^)#]+)\)/g)].map(([, path]) => path!)
    assert.ok(links.length > 5)
    for (const path of links) assert.ok(existsSync(path), path)
  })
})
