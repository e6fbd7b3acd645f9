import { CommanderError, Option } from 'commander'
import { withoutSecrets } from '../../topology/app/secrets.ts'
import { errorCodeOf } from '../../topology/definition/errors.ts'
import { exitCodeOf, textOf } from './exit-codes.ts'

/** Options that hold `--json`. */
export interface JsonFlag {
  readonly json?: boolean | undefined
}

/** The option that every command has: what it found, or why it refused, is one line of JSON on standard output. */
export function jsonOption(): Option {
  return new Option('--json', 'as JSON, refusals too')
}

/** Prints what a command found. Values of bigint are written as text. */
export function printJson(found: unknown): void {
  console.log(JSON.stringify(found, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value)))
}

/**
 * The refusal of a command that was asked for JSON. `code`: that of the error, or `COMMAND_LINE`. Shape:
 * `{ error: { code: 'CONFIG_INVALID', message: '...', exitCode: 3 } }`.
 */
export function refusalJson(error: unknown): object {
  const usage = error instanceof CommanderError
  const message = usage ? error.message.replace(/^error: /, '') : textOf(error)
  const code = usage ? 'COMMAND_LINE' : errorCodeOf(error)
  return { error: { code, message: withoutSecrets(message), exitCode: exitCodeOf(error) } }
}

/** The words of a command line ask for JSON. */
export function asksForJson(args: readonly string[]): boolean {
  const end = args.indexOf('--')
  return args.slice(0, end === -1 ? args.length : end).includes('--json')
}
