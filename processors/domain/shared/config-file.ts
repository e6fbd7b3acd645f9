import { isScalar, parseDocument, visit } from 'yaml'
import type { z } from 'zod'
import { fieldProblem, problemText, TopologyError } from '../../../topology/index.ts'

/**
 * Reads a YAML file of settings by its schema. The keys are text as they are written: an id `007` or `1.10` is no number.
 *
 * Errors: TopologyError CONFIG_INVALID that lists every problem with its place in the file.
 */
export function parseConfigFile<T>(yaml: string, file: string, schema: z.ZodType<T>): T {
  const document = parseDocument(yaml, { merge: true, uniqueKeys: (a, b) => isSameKey(keyText(a), keyText(b)) })
  visit(document, {
    Pair(_, { key }) {
      if (isScalar(key)) key.value = keyText(key)
    },
  })
  const broken = document.errors.map(error => error.message)
  if (broken.length > 0) throw invalid(file, broken)
  const parsed = schema.safeParse(document.toJS())
  if (parsed.success) return parsed.data
  throw invalid(
    file,
    parsed.error.issues.map(issue => {
      const { at, problem } = fieldProblem(issue, document.toJS())
      return problemText({ at: at || 'the file', problem })
    }),
  )
}

/** The text of a key; undefined for a key that is no plain value, which the schema refuses. */
function keyText(key: unknown): string | undefined {
  if (!isScalar(key)) return undefined
  return typeof key.value === 'string' ? key.value : key.source
}

/** Several `<<` may stand in one mapping: each merges another one. */
function isSameKey(a: string | undefined, b: string | undefined): boolean {
  return a !== undefined && a === b && a !== '<<'
}

function invalid(file: string, problems: readonly string[]): TopologyError {
  const list = problems.map(problem => `\n  ${problem}`).join('')
  return new TopologyError('CONFIG_INVALID', `${file} has ${problems.length} problem(s), to be fixed there:${list}`)
}
