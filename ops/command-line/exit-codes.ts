import { CommanderError } from 'commander'
import { withPlace } from '../../topology/app/load-problem.ts'
import { withoutSecrets } from '../../topology/app/secrets.ts'
import { MillraceError, RetriableError, TopologyError } from '../../topology/definition/errors.ts'

/** The reason why a command ended, by its exit code. The table of docs/configuration.md is this one. */
export const exitCodes = {
  0: 'done',
  1: 'done, and it found something: tests that fail, state that would be lost, topics or schemas that differ',
  2: 'the command line is wrong: unknown command or option',
  3: 'refused to start: the topology or the environment is wrong (TopologyError)',
  4: 'something outside is away: Kafka, the registry or Postgres does not answer (RetriableError)',
  5: 'failed: anything else',
  6: 'replaced: another process with the same MILLRACE_INSTANCE_ID has taken its place',
  130: 'ended by Ctrl-C',
  143: 'ended by SIGTERM before it was up (a worker that is running stops gracefully with 0)',
} as const

/** A key of `exitCodes`. */
export type ExitCode = keyof typeof exitCodes

/** The exit code for the error that a command threw. */
export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
  if (error instanceof TopologyError) return 3
  if (error instanceof RetriableError) return 4
  return error instanceof MillraceError && error.code === 'INSTANCE_FENCED' ? 6 : 5
}

/** The message of an error, with its place in the user's code where it came from there. */
export function textOf(error: unknown): string {
  return error instanceof MillraceError ? error.message : withPlace(error)
}

/** The last line of a failed command: the message and no stack. Empty for errors that commander has printed already. */
export function finalLine(error: unknown): string {
  if (error instanceof CommanderError) return ''
  return withoutSecrets(`millrace: ${textOf(error)}`)
}
