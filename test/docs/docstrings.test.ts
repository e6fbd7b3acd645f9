import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { suite } from '../support/suite.ts'

const folders = ['topology', 'schemas', 'store', 'gateway', 'ops', 'processors', 'examples', 'test']

suite('docstrings', test => {
  test('each begins with a sentence, not with a question word', () => {
    const files = folders.flatMap(folder =>
      readdirSync(folder, { recursive: true, encoding: 'utf8' })
        .filter(path => /\.(ts|mjs)$/.test(path))
        .map(path => join(folder, path)),
    )
    const found = files.flatMap(file =>
      [...readFileSync(file, 'utf8').matchAll(/\/\*\*\s*(?:\*\s*)?((?:What|Whose|Who|How|Where)\b[^\n]*)/g)].map(
        ([, line]) => `${file}: ${line}`,
      ),
    )
    assert.ok(files.length > 500)
    assert.equal(found, [])
  })
})
