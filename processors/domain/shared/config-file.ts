import { parseDocument } from 'yaml'
import type { z } from 'zod'
import { fieldProblem, problemText, TopologyError } from '../../../topology/index.ts'

/**
 * Reads a YAML file of settings by its schema.
 *
 * Errors: TopologyError CONFIG_INVALID that lists every problem with its place in the file.
 */
export function parseConfigFile<T>(yaml: string, file: string, schema: z.ZodType<T>): T {
  const document = parseDocument(yaml, { merge: true })
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

function invalid(file: string, problems: readonly string[]): TopologyError {
  const list = problems.map(problem => `\n  ${problem}`).join('')
  return new TopologyError('CONFIG_INVALID', `${file} has ${problems.length} problem(s), to be fixed there:${list}`)
}
