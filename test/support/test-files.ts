import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** A test file and the way it is to be run. */
export interface TestFile {
  /** Shape: `test/store/changelog.int.test.ts`. */
  readonly path: string
  /** Needs the real parts of the run. */
  readonly needsParts: boolean
  /** Loads the machine or reads clocks: it runs with no other beside it. */
  readonly alone: boolean
  /** It is ended after this long. Units: ms. */
  readonly budgetMs: number
}

/**
 * The test files whose path holds one of the filters (all without filters): quick ones first, those that run alone last.
 *
 * A file may ask for more time in a comment: `// budget: 300 s`.
 */
export function testFiles(root: string, filters: readonly string[]): TestFile[] {
  return readdirSync(join(root, 'test'), { recursive: true, encoding: 'utf8' })
    .map(path => `test/${path.replaceAll('\\', '/')}`)
    .filter(path => path.endsWith('.test.ts'))
    .filter(path => filters.length === 0 || filters.some(filter => path.includes(filter)))
    .map(path => describe(root, path))
    .sort((a, b) => rank(a) - rank(b) || (a.path < b.path ? -1 : 1))
}

function describe(root: string, path: string): TestFile {
  const needsParts = path.endsWith('.int.test.ts')
  const alone = needsParts && /^test\/(e2e|lab\/chaos)\//.test(path)
  const asked = /^\/\/ budget: (\d+) s$/m.exec(readFileSync(join(root, path), 'utf8'))
  const seconds = asked ? Number(asked[1]) : alone ? 600 : needsParts ? 300 : 120
  return { path, needsParts, alone, budgetMs: seconds * 1000 }
}

function rank(file: TestFile): number {
  return file.alone ? 2 : file.needsParts ? 1 : 0
}
