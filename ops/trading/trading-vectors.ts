import { readFile } from 'node:fs/promises'
import { Command } from 'commander'
import { TopologyError } from '../../topology/index.ts'
import { type JsonFlag, jsonOption, messageOf, printJson } from '../commands.ts'
import { parseVectorFile, type Read } from './trading-vectors/file.ts'
import { checkPositionCase } from './trading-vectors/positions.ts'
import { checkRiskCase } from './trading-vectors/risk.ts'

/** The results of a file of vectors. */
export interface VectorResult {
  readonly passed: number
  /** Shape: `'position 'flip': step 2 costBasis: expected 10, found 20'`. */
  readonly failures: readonly (readonly string[])[]
}

/** `trading-vectors <file...>`: position accounting and risk decisions against published cases. Exit code 1: one failed. */
export function tradingVectorsCommand(): Command {
  return new Command('trading-vectors')
    .description('check position accounting and risk decisions against files of cases')
    .argument('<files...>', 'JSON files: { scale, positions: [...], risk: [...] }')
    .addOption(jsonOption())
    .action(async (files: readonly string[], { json }: JsonFlag) => {
      const results = await Promise.all(files.map(runVectorFile))
      const failures = results.flatMap(result => result.failures)
      const passed = results.reduce((sum, result) => sum + result.passed, 0)
      if (json) printJson({ passed, failed: failures.length, failures })
      else {
        for (const failure of failures) console.log(failure.join('\n'))
        console.log(`${passed} passed, ${failures.length} failed`)
      }
      if (failures.length > 0) process.exitCode = 1
    })
}

/** Checks all cases of a file. Errors: TopologyError CONFIG_INVALID when it cannot be read. */
export async function runVectorFile(path: string): Promise<VectorResult> {
  const text = await readFile(path, 'utf8').catch(error => {
    throw new TopologyError('CONFIG_INVALID', `vector file '${path}' cannot be read: ${messageOf(error)}`)
  })
  const { scale, positions, risk } = parseVectorFile(text, path)
  const outcomes = [
    ...positions.map(read => report('position', read, vector => checkPositionCase(vector, scale))),
    ...risk.map(read => report('risk', read, checkRiskCase)),
  ]
  const failures = outcomes.filter(lines => lines.length > 0)
  return { passed: outcomes.length - failures.length, failures }
}

function report<C>(kind: string, read: Read<C>, check: (vector: C) => readonly string[]): readonly string[] {
  const differences = 'vector' in read ? attempt(() => check(read.vector)) : read.problems
  return differences.length === 0 ? [] : [`FAILED ${kind} '${read.name}'`, ...differences.map(line => `  ${line}`)]
}

/** A case that cannot be computed has failed; the others go on. */
function attempt(check: () => readonly string[]): readonly string[] {
  try {
    return check()
  } catch (error) {
    return [messageOf(error)]
  }
}
