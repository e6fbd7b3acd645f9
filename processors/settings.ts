import { readFileSync } from 'node:fs'
import { parseExecutionConfig } from './domain/execution/execution-config.ts'
import { parseLimits } from './domain/risk/limits.ts'
import { parseInstruments } from './domain/shared/instrument-file.ts'

/*
 * The settings in the files beside the processors, read once when they load: a change takes a restart. A topology with
 * other settings can be made by `trading({ limits, execution })`.
 */

/** Of `limits.yaml`. */
export const limits = parseLimits(read('limits.yaml'))

/** Of `execution.yaml`. */
export const execution = parseExecutionConfig(read('execution.yaml'))

/** The demo's instruments, of `instruments.yaml`. */
export const instruments = parseInstruments(read('instruments.yaml'))

function read(file: string): string {
  return readFileSync(new URL(file, import.meta.url), 'utf8')
}
