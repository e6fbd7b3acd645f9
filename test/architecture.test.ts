import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import * as assert from 'uvu/assert'
import { suite } from './support/suite.ts'

/** A floor of the library, or a wing of an application, and what its files may import besides themselves and packages. */
interface Room {
  readonly prefix: string
  readonly may: readonly string[]
}

/** Public entries of the library: all that a wing, or a user's project, needs of it. */
const entries = ['topology/index.ts', 'topology/testing.ts', 'gateway/index.ts']

/** Rooms of the trading application. They know each other and the library's public entries. */
const wings = ['processors/', 'schemas/trading/', 'store/trading/', 'gateway/trading/', 'ops/trading/']

/** The first prefix that fits a file is its room. */
const rooms: readonly Room[] = [
  { prefix: 'processors/', may: [...entries, 'schemas/trading/', 'store/trading/'] },
  { prefix: 'schemas/trading/', may: [...entries, 'schemas/avro/'] },
  { prefix: 'store/trading/', may: [...entries, 'schemas/', 'store/', 'processors/', 'topology/definition/'] },
  {
    prefix: 'gateway/trading/',
    may: [...entries, 'gateway/', 'schemas/', 'store/', 'processors/', 'topology/definition/'],
  },
  { prefix: 'ops/trading/', may: [''] },
  { prefix: 'topology/index.ts', may: ['topology/', 'schemas/', 'store/'] },
  { prefix: 'topology/testing.ts', may: ['topology/', 'schemas/', 'store/'] },
  { prefix: 'topology/definition/', may: [] },
  { prefix: 'topology/dsl/', may: ['topology/definition/'] },
  { prefix: 'topology/yaml/', may: ['topology/definition/', 'topology/dsl/'] },
  { prefix: 'topology/broker/', may: ['topology/definition/'] },
  { prefix: 'schemas/', may: ['topology/definition/'] },
  { prefix: 'store/outbox/', may: ['topology/', 'schemas/', 'store/', 'processors/'] },
  { prefix: 'store/', may: ['topology/definition/', 'schemas/'] },
  { prefix: 'topology/runtime/', may: ['topology/definition/', 'topology/broker/port.ts', 'schemas/', 'store/'] },
  { prefix: 'topology/testing/', may: ['topology/', 'schemas/', 'store/'] },
  { prefix: 'topology/app/', may: ['topology/', 'schemas/', 'store/', 'gateway/extension.ts'] },
  { prefix: 'gateway/', may: ['topology/definition/', 'schemas/', 'store/', 'processors/', 'gateway/trading/'] },
  { prefix: 'ops/', may: ['topology/', 'schemas/', 'store/', 'gateway/', 'processors/'] },
  { prefix: 'millrace.config.ts', may: ['topology/index.ts', ...wings] },
]

/** The rooms in which brokers and stores are chosen: everything else gets them handed in. */
const adapters = [
  'topology/broker/kafkajs/',
  'topology/broker/memory/',
  'store/postgres/postgres-storage.ts',
  'store/memory-storage.ts',
]
const mayChoose = ['ops/', 'topology/app/', 'topology/testing', 'topology/index.ts', ...adapters]

const files = ['topology', 'schemas', 'store', 'processors', 'gateway', 'ops'].flatMap(folder =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile() && entry.name.endsWith('.ts') && !entry.name.endsWith('.d.ts'))
    .map(entry => join(entry.parentPath, entry.name).replaceAll('\\', '/')),
)
files.push('millrace.config.ts')

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
      const room = rooms.find(({ prefix }) => file.startsWith(prefix))!
      for (const imported of importsOf(file))
        if (!imported.startsWith(room.prefix) && !room.may.some(prefix => imported.startsWith(prefix)))
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
