import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path/posix'
import * as assert from 'uvu/assert'
import { suite } from './support/suite.ts'

const folders = ['topology', 'schemas', 'store', 'processors', 'gateway', 'ops']

/** What each part may import beside itself. Source: DESIGN.md, "Dependencies point one way". */
const arrows: Readonly<Record<string, readonly string[]>> = {
  'topology/definition': [],
  'topology/broker': ['topology/definition'],
  schemas: ['topology/definition'],
  'schemas/trading': ['schemas'],
  store: ['topology/definition', 'schemas'],
  'store/trading': ['topology/definition', 'schemas', 'schemas/trading', 'store'],
  'topology/runtime': ['topology/definition', 'topology/broker', 'schemas', 'store'],
  'topology/testing': ['topology/definition', 'topology/broker', 'topology/runtime', 'schemas', 'store'],
  processors: ['topology/index', 'topology/definition', 'schemas', 'schemas/trading', 'store/trading'],
  gateway: ['topology/definition', 'schemas', 'schemas/trading', 'store', 'store/trading', 'processors'],
}

interface Import {
  readonly file: string
  readonly target: string
  readonly names: readonly string[]
}

const files = folders.flatMap(folder =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map(path => `${folder}/${path.replaceAll('\\', '/')}`)
    .filter(path => path.endsWith('.ts')),
)
const sources = new Map(files.map(file => [file, readFileSync(file, 'utf8')]))
const imports = [...sources].flatMap(([file, text]) => importsOf(file, text))

/** Static and dynamic imports, re-exports included. */
function importsOf(file: string, text: string): Import[] {
  const found = text.matchAll(
    /(?:(?:import|export)\s+(?:type\s+)?(?:\{([^}]*)\}|[\w*\s]+)\s+from\s+|import\()'(\.[^']+)'/g,
  )
  return [...found].map(([, names = '', path = '']) => ({
    file,
    target: join(dirname(file), path),
    names: names.split(',').flatMap(name => /^(?:type\s+)?(\w+)/.exec(name.trim())?.[1] ?? []),
  }))
}

/** Shape: `part('store/trading/x.ts') === 'store/trading'`. */
function part(file: string): string {
  if (file === 'topology/index.ts') return 'topology/index'
  return /^(topology\/\w+|schemas\/trading|store\/trading|\w+)\//.exec(file)?.[1] ?? file
}

suite('architecture', test => {
  test('dependencies point one way', () => {
    const wrong = imports.filter(({ file, target }) => {
      const allowed = arrows[part(file)]
      return allowed && part(file) !== part(target) && !allowed.includes(part(target))
    })
    assert.ok(imports.length > 500, `${imports.length} imports read`)
    assert.equal(
      wrong.map(({ file, target }) => `${file} imports ${target}`),
      [],
    )
  })

  test('processors use public names of the library only', () => {
    const library = /^(topology|schemas)\/(?!trading\/)/
    const isPublic = new Set(imports.filter(({ file }) => file === 'topology/index.ts').flatMap(({ names }) => names))
    const inside = imports.filter(({ file, target }) => file.startsWith('processors/') && library.test(target))
    const wrong = inside.flatMap(({ file, names }) =>
      names.filter(name => !isPublic.has(name)).map(name => `${file} uses ${name}: export it from topology/index.ts`),
    )
    assert.ok(isPublic.has('processor'))
    assert.equal(wrong, [])
  })

  test('the library knows no trading', () => {
    const wrong = files.filter(
      file => file.startsWith('topology/') && /portfolio|exposure|trades\./i.test(sources.get(file) as string),
    )
    assert.equal(wrong, [])
  })

  test('nothing but the clock reads time or chance', () => {
    const reads = /\bDate\.now\(|\bMath\.random\(|\bnew Date\(\)|\bperformance\.now\(/
    const readers = files.filter(file => !file.startsWith('ops/') && reads.test(sources.get(file) as string))
    assert.equal(readers, ['topology/runtime/system-clock.ts'])
  })

  test('no file is over 500 lines', () => {
    const long = files.filter(file => (sources.get(file) as string).split('\n').length > 500)
    assert.equal(long, [])
  })
})
