import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize, relative } from 'node:path'
import * as assert from 'uvu/assert'
import { topicNames } from '../processors/topic-names.ts'
import { circlesOf } from './support/circles.ts'
import { suite } from './support/suite.ts'

/** A floor of the library, or a wing of an application, and what its files may import besides themselves and packages. */
interface Room {
  readonly prefix: string
  readonly may: readonly string[]
}

/** Public entries of the library: all that a wing, or a user's project, needs of it. */
const entries = ['topology/index.ts', 'topology/testing.ts', 'gateway/index.ts', 'ops/commands.ts']

/** Rooms of the trading application. They know each other and the library's public entries. */
const wings = ['processors/', 'schemas/trading/', 'store/trading/', 'gateway/trading/', 'ops/trading/']

/** The first prefix that fits a file is its room. */
const rooms: readonly Room[] = [
  { prefix: 'processors/', may: [...entries, 'schemas/trading/', 'store/trading/'] },
  { prefix: 'schemas/trading/', may: [...entries, 'schemas/avro/'] },
  { prefix: 'store/trading/', may: [...entries, ...wings] },
  { prefix: 'gateway/trading/', may: [...entries, ...wings] },
  { prefix: 'ops/trading/', may: [...entries, ...wings] },
  { prefix: 'topology/index.ts', may: ['topology/', 'schemas/', 'store/'] },
  { prefix: 'topology/testing.ts', may: ['topology/', 'schemas/', 'store/'] },
  { prefix: 'topology/definition/', may: [] },
  { prefix: 'topology/dsl/', may: ['topology/definition/'] },
  { prefix: 'topology/yaml/', may: ['topology/definition/', 'topology/dsl/'] },
  { prefix: 'topology/broker/', may: ['topology/definition/'] },
  { prefix: 'topology/http/', may: ['topology/definition/'] },
  { prefix: 'schemas/', may: ['topology/definition/'] },
  {
    prefix: 'store/outbox/',
    may: ['topology/definition/', 'topology/broker/port.ts', 'topology/runtime/partitioner.ts', 'schemas/', 'store/'],
  },
  { prefix: 'store/', may: ['topology/definition/', 'schemas/'] },
  { prefix: 'topology/runtime/', may: ['topology/definition/', 'topology/broker/port.ts', 'schemas/', 'store/'] },
  { prefix: 'topology/testing/', may: ['topology/', 'schemas/', 'store/'] },
  { prefix: 'topology/app/', may: ['topology/', 'schemas/', 'store/', 'gateway/extension.ts'] },
  { prefix: 'gateway/console/', may: ['topology/definition/', 'topology/http/', 'gateway/'] },
  { prefix: 'gateway/', may: ['topology/definition/', 'topology/http/', 'schemas/', 'store/'] },
  {
    prefix: 'ops/console/',
    may: [
      'topology/',
      'store/',
      'gateway/console/',
      'gateway/reads/store-row.ts',
      'ops/status/',
      'ops/dlq/',
      'ops/dev/json-values.ts',
    ],
  },
  { prefix: 'ops/', may: ['topology/', 'schemas/', 'store/', 'gateway/'] },
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

const files = ['topology', 'schemas', 'store', 'processors', 'gateway', 'ops'].flatMap(typescriptIn)
files.push('millrace.config.ts')

function typescriptIn(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile() && entry.name.endsWith('.ts') && !entry.name.endsWith('.d.ts'))
    .map(entry => join(entry.parentPath, entry.name).replaceAll('\\', '/'))
}

/** Files of the project that a source imports: values and types, at the top and on demand. */
function importsOf(file: string, source = readFileSync(file, 'utf8')): readonly string[] {
  const found = [
    ...source.matchAll(/(?:^(?:import|export)[^'"\n]*(?:\n[^'"]*?)?from |^import |import\()\s*['"](\.[^'"]+)['"]/gm),
  ]
  return found.map(([, path]) => normalize(join(dirname(file), path!)).replaceAll('\\', '/'))
}

const inWing = (path: string) => wings.some(wing => path.startsWith(wing))

/** A room that lies below another one (`schemas/trading/` below `schemas/`) is not part of it. */
function mayImport({ prefix, may }: Room, imported: string): boolean {
  if (inWing(imported) && !inWing(prefix) && prefix !== 'millrace.config.ts') return false
  return imported.startsWith(prefix) || may.some(allowed => imported.startsWith(allowed))
}

/** Imports of a file that its room does not allow. Shape: `['store/contract.ts imports store/trading/reconciler.ts']`. */
function wrongArrows(file: string, source?: string): readonly string[] {
  const room = rooms.find(({ prefix }) => file.startsWith(prefix))!
  const wrong = importsOf(file, source).filter(imported => !mayImport(room, imported))
  return wrong.map(imported => `${file} imports ${imported}`)
}

/** Files of the project that are loaded with a source: `import type` and `export type` load none. */
function valueImportsOf(file: string, source = readFileSync(file, 'utf8')): readonly string[] {
  const found = [
    ...source.matchAll(/^(?:import|export)(?! type\b)(?:[^'"\n]*(?:\n[^'"]*?)?from)? ['"](\.[^'"]+)['"]/gm),
  ]
  return found.map(([, path]) => normalize(join(dirname(file), path!)).replaceAll('\\', '/'))
}

suite('architecture', test => {
  test('dependencies point one way', () => {
    assert.ok(files.length > 100)
    assert.equal(
      files.flatMap(file => wrongArrows(file)),
      [],
    )
  })

  test('each kind of wrong arrow is seen', () => {
    const added: readonly (readonly [file: string, imported: string])[] = [
      ['topology/definition/graph.ts', 'topology/runtime/task.ts'],
      ['topology/runtime/task.ts', 'processors/topics.ts'],
      ['schemas/avro/avro.ts', 'schemas/trading/generated/trading-signal.ts'],
      ['store/contract.ts', 'store/trading/reconciler.ts'],
      ['gateway/app.ts', 'gateway/trading/extension.ts'],
      ['ops/worker.ts', 'ops/trading/demo.ts'],
      ['ops/worker.ts', 'test/lab/chaos/kill-point.ts'],
      ['topology/app/run.ts', 'ops/worker.ts'],
      ['processors/trading.ts', 'topology/runtime/task.ts'],
      ['gateway/trading/extension.ts', 'gateway/app.ts'],
      ['ops/trading/demo.ts', 'test/lab/chaos/feeder.ts'],
    ]
    for (const [file, imported] of added) {
      const path = relative(dirname(file), imported).replaceAll('\\', '/')
      for (const line of [
        `import { x } from './${path}'`,
        `import type { X } from './${path}'`,
        `await import('./${path}')`,
      ])
        assert.equal(wrongArrows(file, line), [`${file} imports ${imported}`])
    }
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

  test('no files import each other in a circle', () => {
    const names = [...files, ...typescriptIn('test/lab')]
    const imports = new Map(names.map(file => [file, valueImportsOf(file)]))
    const found = () => circlesOf(imports).map(circle => circle.join(' -> '))
    assert.equal(found(), [])

    const [stage, plan] = ['topology/dsl/stage.ts', 'topology/dsl/plan.ts']
    imports.set(stage, valueImportsOf(stage, "import type { Plan } from './plan.ts'"))
    imports.set(
      plan,
      valueImportsOf(plan, "import { isAbsent } from './change.ts'\nimport {\n  any,\n} from './stage.ts'"),
    )
    assert.equal(found(), [])
    imports.set(stage, valueImportsOf(stage, "import { type Plan, requireSerde } from './plan.ts'"))
    assert.equal(found(), [`${plan} -> ${stage} -> ${plan}`])
  })

  test("the names of the pipeline's topics stand in one file", () => {
    const names = Object.values(topicNames)
    const literal = new RegExp(`(['"\`])(?:${names.map(name => name.replaceAll('.', '\\.')).join('|')})\\1`)
    const code = (file: string) => readFileSync(file, 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '')
    assert.equal(
      files.filter(file => !file.includes('/generated/') && literal.test(code(file))),
      ['processors/topic-names.ts'],
    )
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
