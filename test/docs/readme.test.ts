import * as assert from 'uvu/assert'
import { exitCodes } from '../../ops/command-line/exit-codes.ts'
import { environmentTable } from '../../topology/app/environment.ts'
import { suite } from '../support/suite.ts'
import { millraceVerbs } from './commands.ts'
import { text } from './pages.ts'

const readme = text('README.md')
const configuration = text('docs/configuration.md')
const commands = text('docs/commands.md')
const { exports } = JSON.parse(text('package.json')) as { readonly exports: Readonly<Record<string, unknown>> }
const entryPoints = Object.keys(exports)
  .filter(path => !path.endsWith('.json'))
  .map(path => path.replace(/^\./, 'millrace'))

suite('README', test => {
  test('the tables of the configuration are those of the code', () => {
    for (const row of environmentTable().split('\n')) assert.ok(configuration.includes(row), row)
    for (const [code, meaning] of Object.entries(exitCodes))
      assert.ok(configuration.includes(`| ${code} | ${meaning} |`), code)
  })

  test('the page of commands names every command of millrace and every entry point of the package', () => {
    for (const verb of millraceVerbs) assert.ok(commands.includes(`| \`npx millrace ${verb}\` |`), verb)
    for (const entry of entryPoints) assert.ok(commands.includes(`| \`${entry}\` |`), entry)
  })

  test('it is a landing page: at most 140 lines, which lead to every page of the docs', () => {
    assert.ok(readme.trimEnd().split('\n').length <= 140)
    for (const page of [
      'start',
      'commands',
      'configuration',
      'operating',
      'when-not',
      'testing',
      'serdes',
      'processors',
    ])
      assert.ok(readme.includes(`](docs/${page}.md)`), page)
  })
})
