import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import * as assert from 'uvu/assert'
import { suite } from './support/suite.ts'

/** What each layer may import, besides packages and itself. The first prefix that fits a file is its layer. */
const layers: readonly { readonly prefix: string; readonly may: readonly string[] }[] = [
  { prefix: 'topology/index.ts', may: [''] },
  { prefix: 'topology/definition/', may: [] },
  { prefix: 'topology/broker/', may: ['topology/definition/'] },
  { prefix: 'schemas/', may: ['topology/definition/'] },
  { prefix: 'store/', may: ['topology/definition/', 'schemas/'] },
  { prefix: 'topology/runtime/', may: ['topology/definition/', 'topology/broker/port.ts', 'schemas/', 'store/'] },
  {
    prefix: 'topology/testing/',
    may: ['topology/definition/', 'topology/broker/', 'topology/runtime/', 'schemas/', 'store/'],
  },
  { prefix: 'processors/', may: ['topology/index.ts', 'schemas/', 'store/trading/'] },
  { prefix: 'gateway/', may: ['topology/definition/', 'schemas/', 'store/', 'processors/'] },
  { prefix: 'ops/', may: [''] },
]

/** Where adapters are chosen: the composition roots. */
const adapters = [
  'topology/broker/kafkajs/',
  'topology/broker/memory/',
  'store/postgres/postgres-storage.ts',
  'store/memory-storage.ts',
]
const mayChoose = ['ops/', 'topology/testing/', 'topology/index.ts', ...adapters]

const files = ['topology', 'schemas', 'store', 'processors', 'gateway', 'ops'].flatMap(folder =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile() && entry.name.endsWith('.ts') && !entry.name.endsWith('.d.ts'))
    .map(entry => join(entry.parentPath, entry.name).replaceAll('\\', '/')),
)

/** Files of the project that a file imports, values and types alike. */
function importsOf(file: string): readonly string[] {
  const source = readFileSync(file, 'utf8')
  const found = [...source.matchAll(/^(?:import|export)[^'"\n]*(?:\n[^'"]*?)?from ['"](\.[^'"]+)['"]/gm)]
  return found.map(([, path]) => normalize(join(dirname(file), path!)).replaceAll('\\', '/'))
}

suite('architecture', test => {
  test('dependencies point one way', () => {
    const wrong: string[] = []
    for (const file of files) {
      const layer = layers.find(({ prefix }) => file.startsWith(prefix))!
      for (const imported of importsOf(file))
        if (!imported.startsWith(layer.prefix) && !layer.may.some(prefix => imported.startsWith(prefix)))
          wrong.push(`${file} imports ${imported}`)
    }
    assert.ok(files.length > 100)
    assert.equal(wrong, [])
  })

  test('which broker and which store is chosen in composition roots alone', () => {
    const wrong = files
      .filter(file => !mayChoose.some(prefix => file.startsWith(prefix)))
      .flatMap(file =>
        importsOf(file)
          .filter(path => adapters.some(adapter => path.startsWith(adapter)))
          .map(path => `${file} imports ${path}`),
      )
    assert.equal(wrong, [])
  })

  test('one file reaches into kafkajs', () => {
    const reaching = files.filter(
      file => /from ['"]kafkajs\//.test(readFileSync(file, 'utf8')) || /kafkajs\/src/.test(readFileSync(file, 'utf8')),
    )
    assert.equal(reaching, ['topology/broker/kafkajs/internals.ts'])
  })

  test('the library does not know trading', () => {
    const speaking = files.filter(
      file => file.startsWith('topology/') && /portfolio|exposure|trades\./i.test(readFileSync(file, 'utf8')),
    )
    assert.equal(speaking, [])
  })
})
